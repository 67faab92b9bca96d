import { Link, useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type MouseEvent, type RefObject, useEffect } from "react";
import { ago, clock, count, dateTime, exact } from "../format";
import { useRowKeys } from "../shell/row_keys";
import type { FeedRow, Signal } from "./signal_rows";
import { Outcome, SignalType } from "./SignalType";
import { nameOf, policyOf, toSignal } from "./signal_words";

const HEIGHTS = { day: 34, signal: 58 };
const AHEAD = 20; // rows before the end at which the next page is asked for
const DRAWN_AFTER = 10; // frames
const HEADS = ["Fired", "Type", "Signal", "Policy", "Action and outcome", "Times"];

interface Props { rows: FeedRow[]; total: number; now: number; isStale: boolean; scroller: RefObject<HTMLDivElement | null>; onEnd: () => void; onScroll: () => void }

export function FeedTable({ rows, total, now, isStale, scroller, onEnd, onScroll }: Props) {
  const virtual = useVirtualizer({
    count: rows.length, getScrollElement: () => scroller.current, estimateSize: (place) => HEIGHTS[rows[place]?.kind ?? "signal"], overscan: 10,
    getItemKey: (place) => rows[place]?.key ?? place, scrollPaddingStart: 36,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => { if (last >= rows.length - AHEAD) onEnd(); }, [last, rows.length, onEnd]);
  useEffect(() => { virtual.measure(); }, [rows, virtual]); // a day's name may now stand where a signal stood
  useRowKeys({
    ids: rows.flatMap((row) => (row.kind === "signal" && row.signal.session_key ? [row.key] : [])),
    at: () => document.activeElement?.closest("[data-signal]")?.getAttribute("data-signal") ?? undefined,
    to: (id) => {
      virtual.scrollToIndex(rows.findIndex((row) => row.key === id), { align: "auto" });
      focusSoon(() => scroller.current?.querySelector<HTMLElement>(`[data-signal="${CSS.escape(id)}"] a`));
    },
  });
  return (
    <div className={`table feed${isStale ? " stale" : ""}`} role="table" aria-label="Signals" aria-rowcount={total + 1} ref={scroller} tabIndex={0} onScroll={onScroll} data-testid="feed">
      <div className="feed-row feed-head" role="row">{HEADS.map((head) => <span key={head} role="columnheader">{head}</span>)}</div>
      <div role="rowgroup" className="feed-rows" style={{ height: virtual.getTotalSize() }}>
        {shown.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          const style = { transform: `translateY(${item.start}px)`, height: HEIGHTS[row.kind] };
          return row.kind === "day"
            ? <div key={row.key} role="row" className="feed-day" style={style}><span role="cell" aria-colspan={HEADS.length}>{row.title}</span></div>
            : <Row key={row.key} signal={row.signal} now={now} style={style} />;
        })}
      </div>
    </div>
  );
}

function Row({ signal, now, style }: { signal: Signal; now: number; style: React.CSSProperties }) {
  const navigate = useNavigate();
  const isInSession = signal.session_key !== "";
  const click = (event: MouseEvent) => {
    if (!isInSession || (event.target as Element).closest("a, button") || getSelection()?.toString()) return;
    void navigate({ to: "/sessions/$key", params: { key: signal.session_key }, search: toSignal(signal) });
  };
  return (
    <div role="row" className={`feed-row${isInSession ? "" : " lone"}`} style={style} onClick={click} data-testid="signal-row" data-signal={signal.id}>
      <span role="cell" className="pair">
        <time dateTime={signal.last_at ?? ""} title={exact(signal.last_at)}>{clock(signal.last_at)}</time>
        <span className="second">{ago(signal.last_at, now)}</span>
      </span>
      <span role="cell" className="pair"><SignalType type={signal.type} /><span className="second">{nameOf(signal.subtype)}</span></span>
      <span role="cell" className="pair">
        {isInSession
          ? <Link to="/sessions/$key" params={{ key: signal.session_key }} search={toSignal(signal)} className="what" data-testid="signal-link">{signal.message || nameOf(signal.subtype || signal.type)}</Link>
          : <span className="what">{signal.message || nameOf(signal.subtype || signal.type)}</span>}
        <span className="second">{isInSession ? <><code>{signal.session_key}</code>{signal.agent_id && ` · ${signal.agent_id}`}</> : "belongs to no session"}</span>
      </span>
      <span role="cell" className="clip">{policyOf(signal) || <span className="none">—</span>}</span>
      <span role="cell" className="pair">{signal.action ? <span>{nameOf(signal.action)}</span> : <span className="none">—</span>}
        {signal.outcome && <span className="second"><Outcome outcome={signal.outcome} /></span>}</span>
      <span role="cell" className="pair">
        {signal.count === 1 ? <span className="none">once</span> : <b className="times">{count(signal.count)}×</b>}
        {signal.count > 1 && <span className="second" title={`First ${dateTime(signal.first_at)}`}>first {ago(signal.first_at, now)}</span>}
      </span>
    </div>
  );
}

/** A row that is scrolled to is drawn some frames later. */
function focusSoon(find: () => HTMLElement | null | undefined, frames = DRAWN_AFTER): void {
  requestAnimationFrame(() => {
    const found = find();
    if (found) found.focus({ preventScroll: true });
    else if (frames > 0) focusSoon(find, frames - 1);
  });
}
