import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { get, sessionPath } from "../api/client";
import type { components } from "../api/schema";
import type { EventWindow } from "../api/types";
import { Pill } from "../app/StatusPill";
import { Copy, ErrorState, Skeleton } from "../app/States";
import { counted, clock, count, dateTime, duration, exact, money, short } from "../format";
import { usePages } from "./queries";
import { type SessionSearch, toEvent } from "./session_search";
import { useIsShown } from "./tab_shown";
import { current, isFlagged, lifecycleOf, outcomeOf, overtaken, SAID, type Trace, type Verdict, VERDICT_TYPES, verdictOf } from "./trace_story";
import type { SearchChange } from "./useSearchChange";

const DIRECTIONS: Record<string, string> = { inlet: "→ inlet", response: "← response", signal: "◇ signal" };

const OUTCOME_TONES = { allow: "ok", escalate: "warn", block: "bad" } as const;

interface Props { sessionKey: string; search: SessionSearch; change: SearchChange }

/** The session's exchanges in order, and what was made of each. */
export function TracesTab({ sessionKey, search, change }: Props) {
  const pages = usePages<components["schemas"]["Traces"]>(sessionKey, "traces", "traces", 200);
  if (pages.isPending) return <Skeleton rows={6} />;
  if (pages.isLoadingError) return <ErrorState error={pages.error} retry={() => void pages.refetch()} />;
  const traces = pages.data.pages.flatMap((page) => page.items);
  if (traces.length === 0) {
    return <div className="state"><h2>No traces</h2><p>Nothing in this session names a trace. Transcripts and single events have none; spans do.</p></div>;
  }
  const chosen = traces.find((trace) => trace.trace_id === search.trace);
  return (
    <div className="split traces">
      <div className="scroller">
        <table className="plain list-table" data-testid="traces">
          <thead><tr><th>Trace</th><th>Direction</th><th>Outcome</th><th>Started</th><th>Duration</th><th>Events</th><th>Errors</th><th>Tokens</th><th>Cost</th></tr></thead>
          <tbody>{traces.map((trace) => (
            <tr key={trace.trace_id} className={`${trace.trace_id === search.trace ? "chosen" : ""} ${isFlagged(trace) ? "flagged" : ""}`} data-testid="trace-row" data-flagged={isFlagged(trace)}>
              <th scope="row"><button type="button" className="link" onClick={() => change({ trace: trace.trace_id }, true)}>{trace.name || trace.trace_id}</button></th>
              <td><span className="kind">{DIRECTIONS[trace.direction] ?? trace.direction}</span></td>
              <td><Pill status={trace.status} /></td>
              <td><time dateTime={trace.started_at} title={exact(trace.started_at)}>{clock(trace.started_at)}</time></td>
              <td>{duration(trace.duration_ms)}</td><td>{count(trace.event_count)}</td>
              <td className={trace.error_count ? "bad" : ""}>{count(trace.error_count)}</td>
              <td>{short(trace.input_tokens + trace.output_tokens)}</td><td>{money(trace.cost_usd)}</td>
            </tr>
          ))}</tbody>
        </table>
        {pages.hasNextPage && <button type="button" className="button more-button" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>More traces</button>}
      </div>
      {chosen && <TracePanel trace={chosen} sessionKey={sessionKey} change={change} />}
    </div>
  );
}

function TracePanel({ trace, sessionKey, change }: { trace: Trace; sessionKey: string; change: SearchChange }) {
  const isShown = useIsShown();
  const rows = useQuery({
    queryKey: ["events", sessionKey, "verdicts", trace.trace_id], enabled: isShown,
    queryFn: ({ signal }) => get<EventWindow>(
      `${sessionPath(sessionKey)}/events?limit=500&trace_id=${encodeURIComponent(trace.trace_id)}&${VERDICT_TYPES.map((type) => `type=${type}`).join("&")}`, signal),
  });
  const verdicts = (rows.data?.items ?? []).map(verdictOf).filter((verdict) => verdict !== null);
  const assessments = verdicts.filter((verdict) => verdict.kind === "assessment" || verdict.kind === "guardrail");
  const earlier = overtaken(assessments);
  const others = verdicts.filter((verdict) => verdict.kind === "decision" || verdict.kind === "signal");
  return (
    <aside className="event-panel" aria-label="Trace" data-testid="trace-panel">
      <button type="button" className="icon-button close" aria-label="Close" onClick={() => change({ trace: null })}>✕</button>
      <h2>{trace.name || "Trace"}</h2>
      <p className="ids"><code>{trace.trace_id}</code><Copy text={trace.trace_id} label="Copy the trace id" /></p>
      <ol className="lifecycle" data-testid="lifecycle">{lifecycleOf(trace, verdicts).map((step) => (
        <li key={step.name} className={`step step-${step.name} ${step.isReached ? "reached" : ""}`}>
          <b>{step.name}</b>{step.at ? <time title={exact(step.at)}>{clock(step.at)}</time> : <span className="none">not yet</span>}
        </li>
      ))}</ol>
      <dl className="facts">
        <div><dt>Direction</dt><dd>{trace.direction}</dd></div>
        <div><dt>Outcome</dt><dd><Pill status={trace.status} /></dd></div>
        <div><dt>Assessors say</dt><dd data-testid="assessors-say"><AssessorsSay verdicts={assessments} /></dd></div>
        <div><dt>Started</dt><dd>{dateTime(trace.started_at)}</dd></div>
        <div><dt>Duration</dt><dd>{duration(trace.duration_ms)}</dd></div>
        <div><dt>Cost</dt><dd>{money(trace.cost_usd)}</dd></div>
      </dl>
      <div className="panel-actions">
        <button type="button" className="button" onClick={() => change({ tab: "timeline", trace_id: trace.trace_id, mode: "tree", event: null }, true)}>Show its {counted(trace.event_count, "event")}</button>
        {trace.root_event_id && <button type="button" className="button subtle" onClick={() => change(toEvent(trace.root_event_id), true)}>Open its root</button>}
      </div>
      <section><h3>Assessments</h3>
        {rows.isError ? <p className="error-text" role="alert">They could not be read: {rows.error.message}</p>
          : rows.isPending ? <Skeleton rows={2} />
          : assessments.length === 0 ? <p className="none" data-testid="no-assessment">No assessor or guardrail has looked at this trace.</p> : <Verdicts list={current(assessments)} change={change} />}
        {earlier.length > 0 && <details className="earlier" data-testid="earlier"><summary>{count(earlier.length)} of what it held before</summary><Verdicts list={earlier} change={change} /></details>}
      </section>
      {others.length > 0 && <section><h3>Decisions and signals</h3><Verdicts list={others} change={change} /></section>}
    </aside>
  );
}

/** What comes of all enforcers together; observers are only heard. */
function AssessorsSay({ verdicts }: { verdicts: Verdict[] }) {
  const { intent, hasEnforcer } = outcomeOf(verdicts);
  if (intent) return <span className={`pill pill-${OUTCOME_TONES[intent]}`}><i aria-hidden="true" />{SAID[intent]}</span>;
  if (hasEnforcer) return <span className="pill pill-bad"><i aria-hidden="true" />failed</span>;
  return <span className="none">{verdicts.some((verdict) => verdict.role) ? "observed only" : "nothing"}</span>;
}

function Verdicts({ list, change }: { list: Verdict[]; change: SearchChange }) {
  return (
    <ul className="verdicts">{list.map((verdict) => (
      <li key={verdict.eventId} className={verdict.isBad ? "verdict-bad" : ""} data-testid="verdict">
        <button type="button" className="link" onClick={() => change(toEvent(verdict.eventId), true)}>{verdict.by}</button>
        <span className="none">{verdict.role || verdict.kind}</span> <b>{verdict.said}</b>
        {verdict.score != null && <span className="score">{verdict.score}</span>}
        <time title={exact(verdict.at)}>{clock(verdict.at)}</time>
        {verdict.taskId && <Link to="/tasks" search={{ task: verdict.taskId }}>review</Link>}
        {verdict.why && <p>{verdict.why}</p>}
      </li>
    ))}</ul>
  );
}
