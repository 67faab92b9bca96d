import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";
import "./grid_table.css";

const ROW_HEIGHT = 44;
const AHEAD = 20; // rows before the end at which more is asked for

export interface GridColumn<Row> { title: string; width: string; className?: string; draw: (row: Row) => ReactNode; hint?: (row: Row) => string }
interface Props<Row> {
  label: string; testId: string; rowTestId: string;
  columns: readonly GridColumn<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  classOf?: (row: Row) => string;
  shownKey?: string | undefined;      // the row whose panel is open
  open?: (row: Row) => void;          // a click anywhere; the keyboard has a button in the row
  isStale?: boolean;
  onEnd?: () => void;
}

/** Rows of one height, of which only those in sight are drawn. */
export function GridTable<Row>({ label, testId, rowTestId, columns, rows, keyOf, classOf, shownKey, open, isStale = false, onEnd }: Props<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 12,
    getItemKey: (place) => { const row = rows[place]; return row === undefined ? place : keyOf(row); }, scrollPaddingStart: 36,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const shownPlace = shownKey === undefined ? -1 : rows.findIndex((row) => keyOf(row) === shownKey);
  useEffect(() => { if (shownPlace >= 0) virtual.scrollToIndex(shownPlace, { align: "auto" }); }, [shownPlace, virtual]);
  useEffect(() => { if (onEnd && rows.length > 0 && last >= rows.length - AHEAD) onEnd(); }, [last, rows.length, onEnd]);
  const template = columns.map((column) => column.width).join(" ");
  return (
    <div className={`grid-table${isStale ? " stale" : ""}`} role="table" aria-label={label} aria-rowcount={rows.length + 1} ref={scroller} tabIndex={0} data-testid={testId}>
      <div role="rowgroup" className="grid-head">
        <div role="row" aria-rowindex={1} className="grid-row" style={{ gridTemplateColumns: template }}>
          {columns.map((column) => <span key={column.title} role="columnheader" className={`grid-cell ${column.className ?? ""}`}>{column.title}</span>)}
        </div>
      </div>
      <div role="rowgroup" className="grid-body" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const key = keyOf(row);
          return (
            <div key={key} role="row" aria-rowindex={item.index + 2} data-testid={rowTestId} data-key={key} onClick={open && (() => open(row))}
              className={`grid-row ${open ? "opens" : ""} ${key === shownKey ? "open" : ""} ${classOf?.(row) ?? ""}`}
              style={{ gridTemplateColumns: template, transform: `translateY(${item.start}px)` }}>
              {columns.map((column) => <span key={column.title} role="cell" className={`grid-cell ${column.className ?? ""}`} title={column.hint?.(row)}>{column.draw(row)}</span>)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
