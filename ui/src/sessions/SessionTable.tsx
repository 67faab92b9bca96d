import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useEffect, useRef } from "react";
import { useWorkspace } from "../access/AccessContext";
import type { Session } from "../api/types";
import { referenceOf } from "../api/workspace";
import type { Column } from "./columns";
import { gridOf } from "./column_choice";
import { DEFAULT_SORT } from "./list_search";
import { type RowEvents, SessionRow } from "./SessionRow";
import type { TreeRow } from "./tree_rows";
import { useMinute } from "./minute";

export const ROW_HEIGHT = 44;
const BULK_BAR_HEIGHT = 72; // room below the last row, which the bar would cover
const AHEAD = 20;   // rows before the end at which the next page is asked for

interface Props {
  rows: readonly TreeRow[]; callers: ReadonlyMap<string, string>; total: number; columns: readonly Column[]; sort: string | undefined; words: string; isStale: boolean;
  selected: ReadonlySet<string>; ticked: "none" | "some" | "all"; focusedKey: string; openKey: string | undefined;
  scroller: RefObject<HTMLDivElement | null>; toPlace: RefObject<((place: number) => void) | null>; events: RowEvents;
  onSort: (column: string) => void; onTickAll: () => void; onEnd: () => void; onView: (from: number, to: number) => void;
  onMore: (parent: Session) => void; onPointer: (isOver: boolean) => void; onScroll: () => void;
}

export function SessionTable(props: Props) {
  const { rows, columns, scroller, onEnd, onView } = props;
  const now = useMinute();
  const workspace = useWorkspace();
  const virtual = useVirtualizer({
    count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 10,
    getItemKey: (place) => rows[place]?.key ?? place, scrollPaddingStart: 36,
  });
  const shown = virtual.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => { if (last >= rows.length - AHEAD) onEnd(); }, [last, rows.length, onEnd]);
  useEffect(() => onView(first, last), [first, last, onView]);
  props.toPlace.current = useCallback((place: number) => virtual.scrollToIndex(place, { align: "auto" }), [virtual]);
  const grid = gridOf(columns);

  return (
    <div className={`table ${props.isStale ? "stale" : ""}`} role="treegrid" aria-label="Sessions" aria-rowcount={props.total + 1} aria-multiselectable
      ref={scroller} tabIndex={0} onScroll={props.onScroll} data-testid="session-table">
      <div className="row head" role="row" style={{ gridTemplateColumns: grid }}>
        <span role="columnheader" className="cell tick"><TickAll state={props.ticked} onChange={props.onTickAll} /></span>
        {columns.map((column) => <Header key={column.id} column={column} sort={props.sort} onSort={props.onSort} />)}
        <span role="columnheader" className="cell actions"><span className="visually-hidden">Actions</span></span>
      </div>
      <div role="rowgroup" className="rows" style={{ height: virtual.getTotalSize() + (props.selected.size ? BULK_BAR_HEIGHT : 0) }}
        onPointerEnter={() => props.onPointer(true)} onPointerLeave={() => props.onPointer(false)}>
        {shown.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          if (row.kind !== "session") return <Rest key={row.key} row={row} top={item.start} onMore={props.onMore} />;
          return (
            <SessionRow key={row.key} row={row} columns={columns} grid={grid} top={item.start} place={item.index} now={now} words={props.words}
              caller={row.depth ? "" : (props.callers.get(row.session.parent_session_id) ?? "")}
              isSelected={props.selected.has(row.session.id)} isFocused={row.key === props.focusedKey} isOpen={props.openKey !== undefined && referenceOf(row.session, workspace) === props.openKey} events={props.events} />
          );
        })}
      </div>
    </div>
  );
}

function Rest({ row, top, onMore }: { row: Exclude<TreeRow, { kind: "session" }>; top: number; onMore: (parent: Session) => void }) {
  return (
    <div role="row" className="row rest" style={{ transform: `translateY(${top}px)`, paddingInlineStart: `calc(48px + ${row.depth} * var(--space-4))` }}>
      <span role="gridcell">{row.kind === "loading" ? <span className="none">Loading…</span> : <button type="button" className="link" onClick={() => onMore(row.parent)}>Show more called sessions</button>}</span>
    </div>
  );
}

function TickAll({ state, onChange }: { state: Props["ticked"]; onChange: () => void }) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => { if (box.current) box.current.indeterminate = state === "some"; }, [state]);
  return <label className="tick-area"><input ref={box} type="checkbox" checked={state === "all"} onChange={onChange} aria-label="Select all shown sessions" data-testid="check-all" /></label>;
}

function Header({ column, sort, onSort }: { column: Column; sort: string | undefined; onSort: (name: string) => void }) {
  const current = sort ?? DEFAULT_SORT;
  const by = column.sort;
  const direction = by && current === by ? "ascending" : by && current === `-${by}` ? "descending" : "none";
  return (
    <span role="columnheader" aria-sort={direction} className={column.isNumber ? "cell number" : "cell"}>
      {by ? <button type="button" onClick={() => onSort(by)} data-testid={`sort-${column.id}`}>{column.title}{direction === "none" ? "" : direction === "ascending" ? " ↑" : " ↓"}</button> : column.title}
    </span>
  );
}
