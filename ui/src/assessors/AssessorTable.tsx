import { useMemo } from "react";
import { type GridColumn, GridTable } from "../components/GridTable";
import { Switch } from "../components/Switch";
import { ago, count, duration, exact } from "../format";
import type { Assessor, Counts, Outcome } from "./assessor_types";
import { OUTCOMES } from "./assessor_types";
import { configWords, countWords, KINDS, OUTCOME_TITLES, ROLES, toneOf, totalOf } from "./assessor_words";

interface Props {
  assessors: readonly Assessor[]; counts: ReadonlyMap<string, Counts> | undefined; shownId: string | undefined; now: number; isBesidePanel: boolean; isFixed: boolean;
  open: (id: string) => void; turn: (assessor: Assessor) => void; show: (id: string, outcome: Outcome) => void;
}
const WIDE = ["It looks for", "Half within"];

/** Who looks at traces, and how each does lately. */
export function AssessorTable({ assessors, counts, shownId, now, isBesidePanel, isFixed, open, turn, show }: Props) {
  const columns = useMemo(() => columnsOf({ counts, now, isFixed, open, turn, show }).filter((column) => !(isBesidePanel && WIDE.includes(column.title))), [counts, now, isFixed, open, turn, show, isBesidePanel]);
  return (
    <GridTable label="Assessors" testId="assessor-table" rowTestId="assessor-row" columns={columns} rows={assessors} keyOf={(one) => one.id} shownKey={shownId}
      open={(one) => open(one.id)} classOf={(one) => (one.is_active ? "" : "off")} />
  );
}

function columnsOf({ counts, now, isFixed, open, turn, show }: Pick<Props, "counts" | "now" | "isFixed" | "open" | "turn" | "show">): GridColumn<Assessor>[] {
  const of = (one: Assessor) => counts?.get(one.id);
  return [
    { title: "Assessor", width: "minmax(140px, 1fr)", draw: (one) => (
      <span className="named"><button type="button" className="goal" onClick={(event) => { event.stopPropagation(); open(one.id); }}>{one.name}</button><span className="key">{KINDS[one.kind].title}</span></span>
    ) },
    { title: "Role", width: "76px", draw: (one) => <span className={one.role === "enforcer" ? "enforcer" : ""}>{ROLES[one.role].title}</span>, hint: (one) => ROLES[one.role].about },
    { title: "It looks for", width: "minmax(120px, 1.3fr)", className: "quiet", draw: configWords, hint: configWords },
    { title: "In 7 days", width: "minmax(170px, 1fr)", draw: (one) => <Tally counts={of(one)} show={(outcome) => show(one.id, outcome)} />, hint: (one) => (of(one) ? countWords(of(one)!) : "") },
    { title: "Last result", width: "minmax(150px, 1.2fr)", draw: (one) => <Last counts={of(one)} now={now} isActive={one.is_active} />, hint: (one) => (of(one)?.last_outcome === "failed" ? of(one)!.failure : "") },
    { title: "Half within", width: "84px", className: "number quiet", draw: (one) => duration(of(one)?.median_ms) },
    { title: "On", width: "40px", draw: (one) => <Switch isOn={one.is_active} change={() => turn(one)} label={`${one.name} is on`} isBusy={isFixed} /> },
  ];
}

/** How often it said what; each number leads to those. */
function Tally({ counts, show }: { counts: Counts | undefined; show: (outcome: Outcome) => void }) {
  if (!counts || totalOf(counts) === 0) return <span className="none">nothing</span>;
  return (
    <span className="tally" data-testid="tally">
      {OUTCOMES.filter((outcome) => counts[outcome] > 0).map((outcome) => (
        <button key={outcome} type="button" className={`count count-${outcome}`} data-outcome={outcome} aria-label={`${count(counts[outcome])} ${OUTCOME_TITLES[outcome]}`}
          onClick={(event) => { event.stopPropagation(); show(outcome); }}><i aria-hidden="true" />{count(counts[outcome])} {OUTCOME_TITLES[outcome]}</button>
      ))}
    </span>
  );
}

/** A failure is said plainly, with its reason. */
function Last({ counts, now, isActive }: { counts: Counts | undefined; now: number; isActive: boolean }) {
  if (!counts) return <span className="none">{isActive ? "waits for a trace" : "switched off"}</span>;
  const failed = counts.last_outcome === "failed";
  return (
    <span className="named" data-testid="last-result">
      <span><Said outcome={counts.last_outcome} words={OUTCOME_TITLES[counts.last_outcome]} /> <time className="none" dateTime={counts.last_at ?? ""} title={exact(counts.last_at)}>{ago(counts.last_at, now)}</time></span>
      {failed && <span className="failure">{counts.failure}</span>}
    </span>
  );
}

export function Said({ outcome, words }: { outcome: string; words: string }) {
  return <span className={`pill pill-${toneOf(outcome)}`} data-outcome={outcome}><i aria-hidden="true" />{words}</span>;
}
