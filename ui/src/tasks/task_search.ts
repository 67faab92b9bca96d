// The Work Center's view state, as it stands in the URL, and the query it stands for.

import type { Task } from "./requests";

export const STATUSES = ["open", "completed", "canceled", "expired", "all"] as const;
export const KINDS = ["approval", "question", "review", "manual"] as const;
export type StatusChoice = (typeof STATUSES)[number];
export type Kind = (typeof KINDS)[number];
export interface TaskSearch {
  status?: StatusChoice; // open if it is left out
  kind?: Kind[];
  mine?: boolean; // claimed by this person, or meant for them
  group?: string;
  session?: string;
  q?: string;
  task?: string; // the one that is shown
}

export function readTaskSearch(raw: Record<string, unknown>): TaskSearch {
  const search: TaskSearch = {};
  if (STATUSES.includes(raw.status as StatusChoice) && raw.status !== "open") search.status = raw.status as StatusChoice;
  const kinds = listed(raw.kind).filter((kind): kind is Kind => KINDS.includes(kind as Kind));
  if (kinds.length) search.kind = kinds;
  if (raw.mine === true || raw.mine === "true") search.mine = true;
  for (const name of ["group", "session", "q", "task"] as const) {
    const value = raw[name];
    if ((typeof value === "string" && value) || typeof value === "number") search[name] = String(value);
  }
  return search;
}

export function queryOf(search: TaskSearch): URLSearchParams {
  const query = new URLSearchParams();
  const status = search.status ?? "open";
  if (status !== "all") query.set("status", status);
  for (const kind of search.kind ?? []) query.append("kind", kind);
  for (const name of ["group", "session", "q"] as const) if (search[name]) query.set(name, search[name]);
  return query;
}

/** The part of a view that the list depends on: another task shown is the same list. */
export function listPart(search: TaskSearch): TaskSearch {
  const { task: _, mine: __, ...part } = search;
  return part;
}

export function isMine(task: Task, me: string): boolean {
  return task.claimed_by === me || task.assignee === me;
}

export function isNarrowed(search: TaskSearch): boolean {
  return Boolean(search.kind?.length || search.mine || search.group || search.session || search.q || search.status);
}

export function toggled(kinds: Kind[] | undefined, kind: Kind): Kind[] | undefined {
  const now = kinds ?? [];
  const next = now.includes(kind) ? now.filter((other) => other !== kind) : [...now, kind];
  return next.length ? next : undefined;
}

function listed(value: unknown): string[] {
  return (Array.isArray(value) ? value : value == null ? [] : [value]).map(String);
}
