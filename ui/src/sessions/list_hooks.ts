// What the list page keeps besides its URL: columns, unfolded rows, the row in focus, and what a click does.

import { type RefObject, useCallback, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { Session } from "../api/types";
import { referenceOf } from "../api/workspace";
import { useWorkspace } from "../access/AccessContext";
import { columnsOf, defaultColumns, keep, readKept } from "./column_choice";
import { type Column, COLUMNS, WORKSPACE_COLUMN } from "./columns";
import type { ListSearch } from "./list_search";
import { useCallers, useChildren, useParents } from "./queries";
import { type SessionRow, toggledId, type TreeRow, treeRows } from "./tree_rows";

const NARROW = "(max-width: 700px)";
const NARROW_COLUMNS = ["goal", "status", "started"];
const CLICK_KEY = "sojourn.click-opens";
const VIEW_STEP = 20;
export type ClickOpens = "page" | "drawer";

export interface ColumnChoice { shown: Column[]; ids: string[]; isDefault: boolean; isNarrow: boolean; set: (ids: string[] | undefined) => void }

/** The URL's columns if it names some, else those that this person chose last; where a session is, if that may differ. */
export function useColumns(inUrl: string[] | undefined, change: (part: Partial<ListSearch>) => void, isOfAll: boolean): ColumnChoice {
  const [kept, setKept] = useState(readKept);
  const isNarrow = useMedia(NARROW);
  const chosen = useMemo(() => columnsOf(COLUMNS, inUrl ?? kept), [inUrl, kept]);
  const ids = useMemo(() => chosen.map((column) => column.id), [chosen]);
  const set = useCallback((next: string[] | undefined) => {
    keep(next);
    setKept(next);
    if (inUrl) change({ columns: next ?? [] });
  }, [inUrl, change]);
  const shown = useMemo(() => {
    if (isNarrow) return columnsOf(COLUMNS, NARROW_COLUMNS);
    return isOfAll ? chosen.toSpliced(1, 0, WORKSPACE_COLUMN) : chosen;
  }, [isNarrow, chosen, isOfAll]);
  return { shown, ids, isDefault: ids.join() === defaultColumns(COLUMNS).join(), isNarrow, set };
}

export function useMedia(query: string): boolean {
  return useSyncExternalStore((watcher) => {
    const media = matchMedia(query);
    media.addEventListener("change", watcher);
    return () => media.removeEventListener("change", watcher);
  }, () => matchMedia(query).matches);
}

export interface TreeState {
  rows: TreeRow[]; sessions: Session[]; callers: ReadonlyMap<string, string>; toggle: (session: Session) => void; more: (id: string) => void; look: (from: number, to: number) => void;
}

export function useTree(rows: readonly Session[]): TreeState {
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const [pages, setPages] = useState<ReadonlyMap<string, number>>(new Map());
  const [seen, setSeen] = useState({ from: 0, to: VIEW_STEP });
  const references = useRef(new Map<string, string>()); // by which the server is asked for the called sessions of an unfolded row
  const workspace = useWorkspace();
  const childrenOf = useChildren(expanded, pages, references.current);
  const called = useMemo(() => [...childrenOf.values()].flatMap((children) => children.items), [childrenOf]);
  const listed = useParents(rows, seen.from, seen.to);
  const callers = useCallers(rows, seen.from, seen.to);
  const below = useParents(called, 0, called.length);
  const parents = useMemo(() => new Set([...listed, ...below, ...rows.map((row) => row.parent_session_id).filter(Boolean)]), [listed, below, rows]);
  const drawn = useMemo(() => treeRows({ rows, expanded, childrenOf, parents }), [rows, expanded, childrenOf, parents]);
  const sessions = useMemo(() => drawn.flatMap((row) => (row.kind === "session" ? [row.session] : [])), [drawn]);
  const toggle = useCallback((session: Session) => {
    references.current.set(session.id, referenceOf(session, workspace));
    setExpanded((before) => toggledId(before, session.id));
  }, [workspace]);
  const more = useCallback((id: string) => setPages((before) => new Map(before).set(id, (before.get(id) ?? 1) + 1)), []);
  const look = useCallback((first: number, last: number) => {
    const from = Math.floor(first / VIEW_STEP) * VIEW_STEP;
    const to = Math.ceil((last + 1) / VIEW_STEP) * VIEW_STEP;
    setSeen((before) => (before.from === from && before.to === to ? before : { from, to }));
  }, []);
  return { rows: drawn, sessions, callers, toggle, more, look };
}

export interface FocusedRow {
  key: string; row: SessionRow | undefined; focusOn: (key: string) => void; move: (step: number) => SessionRow | undefined;
  toPlace: RefObject<((place: number) => void) | null>;
}

/** The row in focus is known by what it is, not by where it stands: rows may come above it. */
export function useFocusedRow(rows: readonly TreeRow[]): FocusedRow {
  const [key, focusOn] = useState("");
  const toPlace = useRef<((place: number) => void) | null>(null);
  const place = rows.findIndex((row) => row.key === key);
  const found = rows[place];
  const move = (step: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, place < 0 ? (step > 0 ? 0 : rows.length - 1) : place + step));
    const row = rows[next];
    if (row?.kind !== "session") return undefined;
    focusOn(row.key);
    toPlace.current?.(next);
    requestAnimationFrame(() => requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`[data-place="${CSS.escape(row.key)}"] a.goal`)?.focus({ preventScroll: true })));
    return row;
  };
  return { key, row: found?.kind === "session" ? found : undefined, focusOn, move, toPlace };
}

/** Whether a click on a row leads to its page or opens it beside the list: as this person likes it. */
export function useClickOpens(): [ClickOpens, (opens: ClickOpens) => void] {
  const [opens, setOpens] = useState<ClickOpens>(() => (localStorage.getItem(CLICK_KEY) === "drawer" ? "drawer" : "page"));
  return [opens, (next) => {
    localStorage.setItem(CLICK_KEY, next);
    setOpens(next);
  }];
}
