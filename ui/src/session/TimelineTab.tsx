import { useNavigate } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { ErrorState, Skeleton } from "../app/States";
import { Pill } from "../app/StatusPill";
import type { EventRow, EventWindow, Session } from "../api/types";
import { clock, count, duration, exact, money, short } from "../format";
import { bar, type Span } from "./bars";
import { EventPanel } from "./EventPanel";
import { useWindow, WINDOW, windowQuery } from "./queries";
import type { SessionSearch } from "./session_search";

const ROW_HEIGHT = 34;
const KINDS: [string, string[]][] = [
  ["All", []], ["Model calls", ["llm_call"]], ["Tool calls", ["tool_call", "tool_result"]], ["Reasoning", ["reasoning"]],
  ["Messages", ["message"]], ["Handoffs", ["handoff"]], ["Decisions", ["decision", "guardrail_eval"]], ["Markers", ["compaction", "reset", "control", "state_change"]],
];

export function TimelineTab({ session, sessionKey, search }: { session: Session; sessionKey: string; search: SessionSearch }) {
  const navigate = useNavigate();
  const change = (part: Partial<Record<keyof SessionSearch, unknown>>) => void navigate({
    to: "/sessions/$key", params: { key: sessionKey }, replace: true,
    search: Object.fromEntries(Object.entries({ ...search, ...part }).filter(([, value]) => value != null && value !== "")) as SessionSearch,
  });
  const first = useWindow(sessionKey, search, 0, true);
  const chosen = (search.type ?? []).join();
  return (
    <section className="timeline" aria-label="Timeline">
      <div className="panel-head">
        <div className="segments" role="group" aria-label="Show">
          {KINDS.map(([title, types]) => (
            <button key={title} type="button" aria-pressed={chosen === types.join()} onClick={() => change({ type: types.length ? types : null, event: null })}>{title}</button>
          ))}
        </div>
        <button type="button" className="chip" aria-pressed={search.status === "error"} onClick={() => change({ status: search.status === "error" ? null : "error" })}>Errors only</button>
        {session.agents.length > 1 && (
          <select aria-label="Agent" value={search.agent ?? ""} onChange={(event) => change({ agent: event.target.value })}>
            <option value="">Every agent</option>
            {session.agents.map((agent) => <option key={agent}>{agent}</option>)}
          </select>
        )}
        <FindBox value={search.q ?? ""} change={(q) => change({ q })} />
        <span className="total" data-testid="event-total">{first.isSuccess ? `${count(first.data.total)} events` : ""}</span>
      </div>
      <div className="split">
        {first.isPending ? <Skeleton /> : first.isError ? <ErrorState error={first.error} retry={() => void first.refetch()} />
          : first.data.total === 0 ? <p className="state">No event fits these filters.</p>
          : <Rows key={windowQuery(search).toString()} session={session} sessionKey={sessionKey} search={search} total={first.data.total}
              onOpen={(row) => change({ event: row.event_id })} />}
        {search.event && <EventPanel sessionKey={sessionKey} eventId={search.event} close={() => change({ event: null })} />}
      </div>
    </section>
  );
}

interface RowsProps { session: Session; sessionKey: string; search: SessionSearch; total: number; onOpen: (row: EventRow) => void }

/** Any place of a long timeline can be scrolled to; only the windows in view are read. */
function Rows({ session, sessionKey, search, total, onOpen }: RowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const queries = useQueryClient();
  const virtual = useVirtualizer({ count: total, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 20 });
  const shown = virtual.getVirtualItems();
  const from = Math.floor((shown[0]?.index ?? 0) / WINDOW);
  const to = Math.floor((shown.at(-1)?.index ?? 0) / WINDOW);
  useWindow(sessionKey, search, from, true);
  useWindow(sessionKey, search, to, to !== from);
  const text = windowQuery(search).toString();
  const rowAt = (place: number) => queries.getQueryData<EventWindow>(
    ["events", sessionKey, text, Math.floor(place / WINDOW)])?.items[place % WINDOW];
  const whole = useMemo<Span>(() => ({
    from: Date.parse(session.started_at ?? ""), to: Math.max(Date.parse(session.last_activity_at ?? ""), Date.parse(session.started_at ?? "") + 1),
  }), [session.started_at, session.last_activity_at]);
  return (
    <div className="scroller" ref={scroller} role="table" aria-label="Events" aria-rowcount={total} tabIndex={0} data-testid="timeline-rows">
      <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="rowgroup">
        {shown.map((item) => {
          const row = rowAt(item.index);
          return (
            <div key={item.key} role="row" aria-rowindex={item.index + 1} className={`event-row ${row?.event_id === search.event ? "selected" : ""}`} style={{ transform: `translateY(${item.start}px)` }}>
              {row ? <Row row={row} whole={whole} onOpen={onOpen} /> : <span role="cell" className="none">…</span>}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Row({ row, whole, onOpen }: { row: EventRow; whole: Span; onOpen: (row: EventRow) => void }) {
  const place = bar(row.started_at, row.ended_at, whole);
  const title = row.tool_name || row.model_used || row.name;
  return (
    <button type="button" role="cell" className="event" onClick={() => onOpen(row)} data-testid="event-row" data-type={row.type}>
      <time dateTime={row.at} title={exact(row.at)}>{clock(row.at)}</time>
      <span className={`kind kind-${row.type}`}>{row.type.replace("_", " ")}</span>
      <span className="what"><b>{title}</b> <span className="brief">{row.error || row.preview}</span></span>
      <span className="agent">{row.agent_id}</span>
      <span className="number">{row.type !== "tool_result" && row.input_tokens != null ? `${short(row.input_tokens)} → ${short(row.output_tokens)}` : ""}</span>
      <span className="number">{row.cost_usd != null ? money(row.cost_usd) : ""}</span>
      <span className="number">{row.ended_at && row.ended_at !== row.started_at ? duration(row.duration_ms) : ""}</span>
      {row.status === "ok" ? <span /> : <Pill status={row.status} />}
      <span className="track" aria-hidden="true"><i className={`bar bar-${row.status}`} style={{ left: `${place.left}%`, width: `${place.width}%` }} /></span>
    </button>
  );
}

function FindBox({ value, change }: { value: string; change: (q: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed === value) return;
    const pause = setTimeout(() => change(typed), 250);
    return () => clearTimeout(pause);
  });
  return <input type="search" value={typed} onChange={(event) => setTyped(event.target.value)} placeholder="Find in events" aria-label="Find in events" />;
}
