import { type CSSProperties, memo, type ReactNode } from "react";
import { Pill } from "../app/StatusPill";
import type { EventRow } from "../api/types";
import { clock, duration, exact, money, short } from "../format";
import { bar, type Span } from "./bars";
import { wordsOf } from "./event_words";
import { useSettled } from "./settled_status";
import type { Mode } from "./session_search";

interface Props {
  row: EventRow; mode: Mode; whole: Span; isOpen: boolean; onOpen: (row: EventRow) => void;
  depth?: number; caret?: ReactNode; inPlace?: ReactNode;
}

/** One event on the timeline. */
export const EventLine = memo(function EventLine({ row, mode, whole, isOpen, onOpen, depth = 0, caret, inPlace }: Props) {
  const status = useSettled(row.status);
  const place = bar(row.started_at, row.ended_at, whole);
  const title = row.tool_name || row.model_used || row.model_requested || (row.name === row.type ? "" : row.name);
  const isRouted = row.model_requested && row.model_used && row.model_requested !== row.model_used;
  const took = row.ended_at ? (row.ended_at !== row.started_at ? duration(row.duration_ms) : "") : status === row.status ? "open" : "";
  return (
    <>
      {caret}
      <button type="button" className={`event event-${mode}`} style={caret ? { "--indent": `${18 + depth * 18}px` } as CSSProperties : undefined} aria-pressed={isOpen}
        onClick={() => onOpen(row)} data-testid="event-row" data-type={row.type} data-event={row.event_id} data-phase={row.phase}>
        {mode === "list" && <time dateTime={row.at} title={exact(row.at)}>{clock(row.at)}</time>}
        <span className={`kind kind-${row.type}`}>{row.type.replaceAll("_", " ")}</span>
        <span className="what">{title && <b>{title}</b>}{isRouted && <span className="brief routed" title="Requested model"> asked for {row.model_requested}</span>} <span className={row.error ? "brief bad" : "brief"}>{row.error || wordsOf(row) || row.preview}</span></span>
        {mode !== "waterfall" && <span className="agent">{row.agent_id}</span>}
        {mode !== "waterfall" && <span className="number">{row.phase === 0 && row.input_tokens != null ? `${short(row.input_tokens)} → ${short(row.output_tokens)}` : ""}</span>}
        {mode !== "waterfall" && <span className="number">{row.phase === 0 && row.cost_usd != null ? money(row.cost_usd) : ""}</span>}
        <span className="number" title={took && exact(row.ended_at)}>{took}</span>
        {status === "ok" ? <span /> : <Pill status={status} />}
        {mode !== "list" && <span className="track" aria-hidden="true"><i className={`bar bar-${row.status} bar-of-${row.type}`} style={{ left: `${place.left}%`, width: `${place.width}%` }} /></span>}
      </button>
      {inPlace}
    </>
  );
});
