import { useMemo } from "react";
import { type GridColumn, GridTable } from "../components/GridTable";
import { Switch } from "../components/Switch";
import { ago, exact } from "../format";
import type { Policy } from "./policy_types";
import { actionWords, agentWords, conditionWords, policyTitle, toneOf, typeTitle } from "./policy_words";

interface Props { policies: readonly Policy[]; shownId: string | undefined; open: (id: string) => void; turn: (policy: Policy) => void; now: number; isBesidePanel: boolean; isFixed: boolean }

/** By priority, as they are weighed against each other. */
export function PolicyTable({ policies, shownId, open, turn, now, isBesidePanel, isFixed }: Props) {
  const columns = useMemo(() => columnsOf(open, turn, now, isFixed).filter((column) => !(isBesidePanel && WIDE.includes(column.title))), [open, turn, now, isFixed, isBesidePanel]);
  return (
    <GridTable label="Policies" testId="policy-table" rowTestId="policy-row" columns={columns} rows={policies} keyOf={(policy) => policy.id} shownKey={shownId}
      open={(policy) => open(policy.id)} classOf={(policy) => (policy.enabled ? "" : "off")} />
  );
}

const WIDE = ["Changed", "Priority"];

function columnsOf(open: Props["open"], turn: Props["turn"], now: number, isFixed: boolean): GridColumn<Policy>[] {
  return [
    { title: "Priority", width: "56px", className: "number", draw: (policy) => policy.priority },
    { title: "Policy", width: "minmax(150px, 1.1fr)", draw: (policy) => <Name policy={policy} open={open} /> },
    { title: "Agent", width: "minmax(90px, 0.7fr)", draw: (policy) => <span className={policy.agent_id ? "" : "none"}>{agentWords(policy.agent_id)}</span>, hint: (policy) => agentWords(policy.agent_id) },
    { title: "It fires when the session …", width: "minmax(150px, 1.8fr)", draw: (policy) => <When policy={policy} />, hint: conditionWords },
    { title: "Then", width: "minmax(130px, 0.9fr)", draw: (policy) => <Outcome type={String(policy.action.type ?? policy.type)} words={actionWords(policy)} /> },
    { title: "Changed", width: "90px", className: "quiet", draw: (policy) => <time dateTime={policy.updated_at ?? ""} title={exact(policy.updated_at)}>{ago(policy.updated_at, now)}</time> },
    { title: "On", width: "40px", draw: (policy) => <Switch isOn={policy.enabled} change={() => turn(policy)} label={`${policyTitle(policy)} is on`} isBusy={isFixed} /> },
  ];
}

function Name({ policy, open }: { policy: Policy; open: Props["open"] }) {
  return (
    <span className="named">
      <button type="button" className="goal" onClick={(event) => { event.stopPropagation(); open(policy.id); }}>{policyTitle(policy)}</button>
      {policy.name && <span className="key">{typeTitle(policy.type)}</span>}
    </span>
  );
}

export function When({ policy }: { policy: Pick<Policy, "type" | "condition"> }) {
  return policy.type === "condition" ? <code>{conditionWords(policy)}</code> : <>{conditionWords(policy)}</>;
}

/** How far it goes, in its colour. */
export function Outcome({ type, words }: { type: string; words: string }) {
  return <span className={`pill pill-${toneOf(type)}`} title={words}><i aria-hidden="true" />{words}</span>;
}
