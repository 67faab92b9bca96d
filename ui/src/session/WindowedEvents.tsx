import { useQueryClient } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useCallback, useEffect, useImperativeHandle, useRef, type Ref } from "react";
import type { EventRow, EventWindow } from "../api/types";
import type { Span } from "./bars";
import { EventLine } from "./EventLine";
import { locate } from "./locate";
import { useWindow, WINDOW, windowOptions, windowQuery } from "./queries";
import type { Mode, SessionSearch } from "./session_search";
import { nextPlace, openPlace, stepOf } from "./timeline_steps";

export const ROW_HEIGHT = 34;

export interface GoTo { goTo: (at: string, eventId: string) => Promise<void>; step: (by: 1 | -1) => void }

interface Props {
  ref: Ref<GoTo>; sessionKey: string; search: SessionSearch; mode: Mode; total: number; whole: Span; fitsView: boolean;
  onOpen: (row: EventRow) => void; onView: (from: EventRow, to: EventRow) => void; inPlaceOf: (row: EventRow) => ReactNode;
}

/** Any place of a long timeline can be scrolled to; only the windows in view are read. */
export function WindowedEvents({ ref, sessionKey, search, mode, total, whole, fitsView, onOpen, onView, inPlaceOf }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const queries = useQueryClient();
  const virtual = useVirtualizer({ count: total, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 20 });
  const shown = virtual.getVirtualItems();
  const from = Math.floor((shown[0]?.index ?? 0) / WINDOW);
  const to = Math.floor((shown.at(-1)?.index ?? 0) / WINDOW);
  const first = useWindow(sessionKey, search, from, true);
  const second = useWindow(sessionKey, search, to, to !== from);
  const filter = windowQuery(search).toString();
  const rowAt = (place: number) => queries.getQueryData<EventWindow>(["events", sessionKey, filter, Math.floor(place / WINDOW)])?.items[place % WINDOW];

  const goTo = useCallback(async (at: string, eventId: string) => {
    const read = async (number: number) => (await queries.fetchQuery(windowOptions(sessionKey, filter, number))).items;
    virtual.scrollToIndex(await locate(at, eventId, total, WINDOW, read, whole), { align: "center" });
  }, [queries, sessionKey, filter, total, virtual, whole]);
  const range = virtual.range;
  const top = rowAt(range?.startIndex ?? 0);
  const bottom = rowAt(range?.endIndex ?? 0) ?? top;
  useEffect(() => { if (top && bottom) onView(top, bottom); }, [top, bottom, onView, first.data, second.data]);
  const span = fitsView ? spanOf(shown.map((item) => rowAt(item.index)), whole) : whole;
  const phase = useRef(0);
  const open = useCallback((row: EventRow) => {
    phase.current = row.phase;
    onOpen(row);
  }, [onOpen]);
  const step = (by: 1 | -1) => {
    const place = openPlace(shown.map((item) => rowAt(item.index)), search.event, phase.current);
    const next = nextPlace(shown[place]?.index ?? -1, by, total, range?.startIndex ?? 0);
    const row = rowAt(next);
    virtual.scrollToIndex(next, { align: "auto" });
    if (row) open(row);
  };
  useImperativeHandle(ref, () => ({ goTo, step }));

  return (
    <div className="scroller" ref={scroller} role="region" aria-label="Events" tabIndex={0} data-testid="timeline-rows" onKeyDown={(event) => {
      const by = stepOf(event.key);
      if (!by) return;
      event.preventDefault();
      step(by);
    }}>
      <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="list">
        {shown.map((item) => {
          const row = rowAt(item.index);
          const isOpen = row !== undefined && row.event_id === search.event;
          return (
            <div key={item.key} role="listitem" aria-posinset={item.index + 1} aria-setsize={total} className={`event-row ${isOpen ? "selected" : ""}`} style={{ transform: `translateY(${item.start}px)` }}>
              {row ? <EventLine row={row} mode={mode} whole={span} isOpen={isOpen} onOpen={open} inPlace={inPlaceOf(row)} /> : <span className="waiting-row" />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** The time of the rows in view, so that short ones can be told apart in a long session. */
export function spanOf(rows: (EventRow | undefined)[], otherwise: Span): Span {
  const known = rows.filter((row) => row !== undefined);
  if (known.length === 0) return otherwise;
  const from = Math.min(...known.map((row) => Date.parse(row.started_at)));
  return { from, to: Math.max(from + 1, ...known.map((row) => Date.parse(row.ended_at ?? row.at))) };
}
