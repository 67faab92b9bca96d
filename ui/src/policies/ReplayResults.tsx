import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { type GridColumn, GridTable } from "../components/GridTable";
import { ago, count, exact } from "../format";
import { Outcome } from "./PolicyTable";
import type { Replay, ReplayedDecision } from "./policy_types";
import { outcomeWords } from "./policy_words";

interface Props { now: number; replay: Replay; titleOf: (id: string) => string; isOnlyDiffering: boolean; isStale: boolean; showOnlyDiffering: (isOnly: boolean) => void }

/** Decision by decision: what it was, what the policies in force would say now, and what the tried set would. */
export function ReplayResults({ now, replay, titleOf, isOnlyDiffering, isStale, showOnlyDiffering }: Props) {
  const shown = useMemo(() => (isOnlyDiffering ? replay.items.filter((item) => item.differs) : replay.items), [replay, isOnlyDiffering]);
  const columns = useMemo(() => columnsOf(titleOf, now), [titleOf, now]);
  return (
    <>
      <div className="replay-sum" role="status">
        <p data-testid="replay-sum"><b className={replay.differing ? "differs" : ""}>{count(replay.differing)}</b> of {count(replay.replayed)} decision{replay.replayed === 1 ? "" : "s"} would differ</p>
        <span className="grow" />
        {replay.items.length > 0 && <button type="button" className="chip" aria-pressed={isOnlyDiffering} onClick={() => showOnlyDiffering(!isOnlyDiffering)}>Only what differs</button>}
      </div>
      {replay.not_replayed.length > 0 && (
        <p className="note" data-testid="not-replayed">
          Left out of the changed set: {replay.not_replayed.map((id) => titleOf(id) || "a policy").join(", ")}. {replay.not_replayed.length === 1 ? "It looks" : "They look"} at more of a session than its decisions keep, so nobody can say from them when {replay.not_replayed.length === 1 ? "its new condition" : "their new conditions"} would have held.
        </p>
      )}
      {shown.length === 0
        ? <div className="state" data-testid="replay-empty"><h2>{replay.replayed === 0 ? "No decision to replay" : "Nothing differs"}</h2><p>{replay.replayed === 0 ? "A decision is kept each time that a policy fires, and each time that an SDK tells of one. This scope has none." : "Both sets of policies come to the same in each of these decisions."}</p></div>
        : <GridTable label="Replayed decisions" testId="replay-table" rowTestId="replayed" columns={columns} rows={shown} keyOf={(item) => item.decision_id} classOf={(item) => (item.differs ? "differs" : "")} isStale={isStale} />}
    </>
  );
}

function columnsOf(titleOf: (id: string) => string, now: number): GridColumn<ReplayedDecision>[] {
  return [
    { title: "Session", width: "minmax(110px, 1.2fr)", draw: (item) => <Link to="/sessions/$key" params={{ key: item.session_key || item.session_id }}>{item.session_key || item.session_id}</Link>, hint: (item) => item.session_key },
    { title: "When", width: "86px", className: "quiet", draw: (item) => <time dateTime={item.at ?? ""} title={exact(item.at)}>{ago(item.at, now)}</time> },
    { title: "Then", width: "minmax(110px, 1fr)", draw: (item) => <Told type={item.stored} params={{}} title={titleOf(item.stored_policy_id)} /> },
    { title: "Before: in force", width: "minmax(110px, 1fr)", draw: (item) => <Told type={item.before.type} params={item.before.params} title={titleOf(item.before.policy_id)} /> },
    { title: "After: changed", width: "minmax(110px, 1fr)", className: "after", draw: (item) => <><Told type={item.after.type} params={item.after.params} title={titleOf(item.after.policy_id)} />{item.differs && <span className="visually-hidden">, differs</span>}</> },
  ];
}

function Told({ type, params, title }: { type: string; params: Record<string, unknown>; title: string }) {
  if (type === "") return <span className="none">nothing</span>;
  return <span className="named"><Outcome type={type} words={outcomeWords(type, params)} />{title && <span className="key">{title}</span>}</span>;
}
