// The rows with a tick: sessions as last heard of, so that what is off the page can still be acted on.

import type { Session } from "../api/types";

export type Selection = ReadonlyMap<string, Session>;
export const NOTHING: Selection = new Map();

export function toggledRow(selection: Selection, session: Session): Selection {
  const next = new Map(selection);
  if (!next.delete(session.id)) next.set(session.id, session);
  return next;
}

/** All rows between two places take the state that the second one gets. */
export function toggledRange(selection: Selection, rows: readonly Session[], from: number, to: number): Selection {
  const target = rows[to];
  if (!target) return selection;
  const isOn = !selection.has(target.id);
  const next = new Map(selection);
  for (const session of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) {
    if (isOn) next.set(session.id, session);
    else next.delete(session.id);
  }
  return next;
}

export function toggledAll(selection: Selection, rows: readonly Session[]): Selection {
  return stateOf(selection, rows) === "all" ? NOTHING : new Map([...selection, ...rows.map((row) => [row.id, row] as const)]);
}

export function stateOf(selection: Selection, rows: readonly Session[]): "none" | "some" | "all" {
  if (selection.size === 0) return "none";
  return rows.length > 0 && rows.every((row) => selection.has(row.id)) ? "all" : "some";
}

/** What was heard of a selected session since; a removed one is selected no more. */
export function heard(selection: Selection, changed: ReadonlyMap<string, Session | null>): Selection {
  let next: Map<string, Session> | null = null;
  for (const [id, session] of changed) {
    if (!selection.has(id)) continue;
    next ??= new Map(selection);
    if (session) next.set(id, session);
    else next.delete(id);
  }
  return next ?? selection;
}
