// Which columns a person sees, in which order. The session itself always stands first.

import type { Column } from "./columns";

export const FIRST = "goal";
const KEY = "sojourn.columns";

export function defaultColumns(all: readonly Column[]): string[] {
  return all.filter((column) => !column.isHidden).map((column) => column.id);
}

/** The columns of these ids, in this order; ids that are none of ours are left out. */
export function columnsOf(all: readonly Column[], ids: readonly string[] | undefined): Column[] {
  const byId = new Map(all.map((column) => [column.id, column]));
  const chosen = [...new Set([FIRST, ...(ids?.length ? ids : defaultColumns(all))])];
  return chosen.flatMap((id) => byId.get(id) ?? []);
}

export function gridOf(columns: readonly Column[]): string {
  return ["30px", ...columns.map((column) => column.width), "92px"].join(" ");
}

export function moved(ids: readonly string[], id: string, step: -1 | 1): string[] {
  const from = ids.indexOf(id);
  const to = from + step;
  if (from < 1 || to < 1 || to >= ids.length) return [...ids];
  const next = [...ids];
  next.splice(from, 1);
  next.splice(to, 0, id);
  return next;
}

/** A column that is shown again takes the place that it has by default, as well as that can be told. */
export function shown(all: readonly Column[], ids: readonly string[], id: string): string[] {
  if (ids.includes(id)) return id === FIRST ? [...ids] : ids.filter((other) => other !== id);
  const order = all.map((column) => column.id);
  const place = ids.findIndex((other) => order.indexOf(other) > order.indexOf(id));
  return place < 1 ? [...ids, id] : [...ids.slice(0, place), id, ...ids.slice(place)];
}

export function readKept(): string[] | undefined {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return Array.isArray(kept) && kept.every((id) => typeof id === "string") ? kept : undefined;
  } catch {
    return undefined; // somebody else's text under our name
  }
}

export function keep(ids: readonly string[] | undefined): void {
  if (ids) localStorage.setItem(KEY, JSON.stringify(ids));
  else localStorage.removeItem(KEY);
}
