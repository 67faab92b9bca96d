import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, type Ref, useEffect, useImperativeHandle, useMemo, useRef, useState } from "react";
import { get, sessionPath } from "../api/client";
import type { EventRow, EventWindow } from "../api/types";
import { ErrorState, Skeleton } from "../app/States";
import { count } from "../format";
import type { Span } from "./bars";
import { EventLine } from "./EventLine";
import { windowQuery } from "./queries";
import type { Mode, SessionSearch } from "./session_search";
import { useIsShown } from "./tab_shown";
import { forest, holders, linesOf } from "./timeline_tree";
import { nextPlace, stepOf } from "./timeline_steps";
import { type GoTo, ROW_HEIGHT, spanOf } from "./WindowedEvents";

const PAGE = 500;
export const MAX_TREE_ROWS = 10_000;

interface Props {
  ref: Ref<GoTo>; sessionKey: string; search: SessionSearch; mode: Mode; total: number; whole: Span; fitsView: boolean;
  onOpen: (row: EventRow) => void; onView: (from: EventRow, to: EventRow) => void; inPlaceOf: (row: EventRow) => ReactNode; toList: () => void;
}

/** What happened inside what. A tree needs all of its rows, so it holds the first ten thousand. */
export function TreeEvents({ ref, sessionKey, search, mode, total, whole, fitsView, onOpen, onView, inPlaceOf, toList }: Props) {
  const rows = useTreeRows(sessionKey, search);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const roots = useMemo(() => forest(rows.data ?? []), [rows.data]);
  const lines = useMemo(() => linesOf(roots, closed), [roots, closed]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 20 });
  const step = (by: 1 | -1) => {
    const open = lines.findIndex((line) => line.row.event_id === search.event);
    const next = nextPlace(open, by, lines.length, virtual.range?.startIndex ?? 0);
    virtual.scrollToIndex(next, { align: "auto" });
    if (lines[next]) onOpen(lines[next].row);
  };
  useImperativeHandle(ref, () => ({ step, goTo: (at, eventId) => {
    const place = lines.findIndex((line) => line.row.event_id === eventId);
    virtual.scrollToIndex(Math.max(0, place >= 0 ? place : lines.findIndex((line) => line.row.at >= at)), { align: "center" });
    return Promise.resolve();
  } }));
  const range = virtual.range;
  const top = lines[range?.startIndex ?? 0]?.row;
  const bottom = lines[range?.endIndex ?? 0]?.row ?? top;
  useEffect(() => { if (top && bottom) onView(top, bottom); }, [top, bottom, onView]);
  if (rows.isPending) return <Skeleton />;
  if (rows.isLoadingError) return <ErrorState error={rows.error} retry={() => void rows.refetch()} />;
  const span = fitsView && range ? spanOf(lines.slice(range.startIndex, range.endIndex + 1).map((line) => line.row), whole) : whole;
  const toggle = (eventId: string) => setClosed((known) => {
    const next = new Set(known);
    if (!next.delete(eventId)) next.add(eventId);
    return next;
  });
  return (
    <div className="tree-view">
      <div className="tree-head">
        <button type="button" className="button subtle" onClick={() => setClosed(new Set())}>Open all</button>
        <button type="button" className="button subtle" onClick={() => setClosed(new Set(holders(roots)))}>Close all</button>
        {total > MAX_TREE_ROWS && <span className="note" data-testid="tree-limit">The tree holds the first {count(MAX_TREE_ROWS)} of {count(total)} rows. Narrow it down, or <button type="button" className="link" onClick={toList}>see all as a list</button>.</span>}
      </div>
      <div className="scroller" ref={scroller} role="region" aria-label="Events as a tree" tabIndex={0} data-testid="timeline-tree" onKeyDown={(event) => {
        const by = stepOf(event.key);
        if (!by) return;
        event.preventDefault();
        step(by);
      }}>
        <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="list">
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index]!;
            const id = line.row.event_id;
            const caret = <button type="button" className="caret" style={{ left: 8 + line.depth * 18, visibility: line.inside ? "visible" : "hidden" }} aria-expanded={!line.isClosed}
              aria-label={`${line.isClosed ? "Open" : "Close"} what is inside: ${line.inside}`} onClick={() => toggle(id)}>{line.isClosed ? "▸" : "▾"}</button>;
            return (
              <div key={id} role="listitem" className={`event-row ${id === search.event ? "selected" : ""}`} style={{ transform: `translateY(${item.start}px)` }} data-depth={line.depth}>
                <EventLine row={line.row} mode={mode} whole={span} isOpen={id === search.event} onOpen={onOpen} depth={line.depth} caret={caret} inPlace={inPlaceOf(line.row)} />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function useTreeRows(sessionKey: string, search: SessionSearch) {
  const isShown = useIsShown();
  const filter = windowQuery(search).toString();
  return useQuery<EventRow[]>({
    queryKey: ["timeline-tree", sessionKey, filter], enabled: isShown, placeholderData: (previous) => previous,
    queryFn: async ({ signal }) => {
      const rows: EventRow[] = [];
      for (let after = ""; rows.length < MAX_TREE_ROWS;) {
        const page: EventWindow = await get(`${sessionPath(sessionKey)}/events?limit=${PAGE}${after && `&after=${encodeURIComponent(after)}`}${filter && `&${filter}`}`, signal);
        rows.push(...page.items);
        if (!page.next_cursor) break;
        after = page.next_cursor;
      }
      return rows;
    },
  });
}
