import { Link, useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { Session } from "../api/types";
import { COLUMNS, GRID } from "./columns";
import { DEFAULT_SORT } from "./list_search";

const ROW_HEIGHT = 44;
const AHEAD = 20;   // rows before the end at which the next page is asked for

interface Props {
  rows: Session[]; total: number; sort: string | undefined; isStale: boolean;
  onSort: (column: string) => void; onEnd: () => void;
}

export function SessionTable({ rows, total, sort, isStale, onSort, onEnd }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState(-1);
  const now = useMinute();
  const virtual = useVirtualizer({
    count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 12,
    getItemKey: (place) => rows[place]?.id ?? place,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => { if (last >= rows.length - AHEAD) onEnd(); }, [last, rows.length, onEnd]);
  useRowKeys(rows, focused, (place) => {
    setFocused(place);
    virtual.scrollToIndex(place, { align: "auto" });
  });

  return (
    <div className={`table ${isStale ? "stale" : ""}`} role="table" aria-label="Sessions" aria-rowcount={total + 1} ref={scroller} tabIndex={0}>
      <div className="row head" role="row" style={{ gridTemplateColumns: GRID }}>
        {COLUMNS.map((column) => <Header key={column.id} column={column} sort={sort} onSort={onSort} />)}
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {shown.map((item) => {
          const row = rows[item.index];
          return row && (
            <Link key={item.key} to="/sessions/$key" params={{ key: row.key }} role="row" tabIndex={-1}
              className={`row ${item.index === focused ? "focused" : ""} ${row.match ? "matched" : ""}`}
              data-testid="session-row" data-key={row.key} aria-rowindex={item.index + 2}
              style={{ gridTemplateColumns: GRID, transform: `translateY(${item.start}px)` }}>
              {COLUMNS.map((column) => (
                <span key={column.id} role="cell" className={column.isNumber ? "cell number" : "cell"}>{column.draw(row, now)}</span>
              ))}
            </Link>
          );
        })}
      </div>
    </div>
  );
}

function Header({ column, sort, onSort }: { column: (typeof COLUMNS)[number]; sort: string | undefined; onSort: (name: string) => void }) {
  const current = sort ?? DEFAULT_SORT;
  const by = column.sort;
  const direction = by && current === by ? "ascending" : by && current === `-${by}` ? "descending" : "none";
  return (
    <span role="columnheader" aria-sort={direction} className={column.isNumber ? "cell number" : "cell"}>
      {by ? <button type="button" onClick={() => onSort(by)} data-testid={`sort-${column.id}`}>{column.title}{direction === "none" ? "" : direction === "ascending" ? " ↑" : " ↓"}</button> : column.title}
    </span>
  );
}

function useRowKeys(rows: Session[], focused: number, focus: (place: number) => void) {
  const navigate = useNavigate();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && /INPUT|TEXTAREA|SELECT/.test(event.target.tagName);
      if (isTyping || event.metaKey || event.ctrlKey || event.altKey || document.querySelector('[role="menu"]')) return;
      const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        focus(Math.min(rows.length - 1, Math.max(0, focused + step)));
      }
      const row = rows[focused];
      if (event.key === "Enter" && row) void navigate({ to: "/sessions/$key", params: { key: row.key } });
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [rows, focused, focus, navigate]);
}

/** The time, renewed once a minute, for what says how long ago something was. */
function useMinute(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
