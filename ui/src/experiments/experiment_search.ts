// The view state of the experiments' pages, as it stands in the URL, and what it asks for.

import { type ListSearch, RANGES, type Range } from "../sessions/list_search";

export const SHOWN = ["draft", "running", "stopped", "undeclared"] as const;
export type Status = (typeof SHOWN)[number];
export interface ExperimentsSearch { q?: string; status?: Status }
export interface ComparisonSearch { range?: Range; from?: string; to?: string; baseline?: string }

export function readExperimentsSearch(raw: Record<string, unknown>): ExperimentsSearch {
  const search: ExperimentsSearch = {};
  if ((typeof raw.q === "string" && raw.q) || typeof raw.q === "number") search.q = String(raw.q);
  if (SHOWN.includes(raw.status as Status)) search.status = raw.status as Status;
  return search;
}

export function readComparisonSearch(raw: Record<string, unknown>): ComparisonSearch {
  const search: ComparisonSearch = {};
  if (typeof raw.range === "string" && raw.range in RANGES && raw.range !== "all") search.range = raw.range as Range;
  if (isTime(raw.from)) search.from = raw.from;
  if (isTime(raw.to)) search.to = raw.to;
  if (raw.baseline !== undefined && raw.baseline !== null) search.baseline = String(raw.baseline); // "" is a variant, too
  return search;
}

export function comparisonQuery(search: ComparisonSearch, nowMs: number): URLSearchParams {
  const query = new URLSearchParams();
  const width = RANGES[search.range ?? "all"];
  if (search.from) query.set("started_after", search.from);
  else if (width !== null) query.set("started_after", new Date(nowMs - width).toISOString());
  if (search.to) query.set("started_before", search.to);
  if (search.baseline !== undefined) query.set("baseline", search.baseline);
  return query;
}

/** The list of the sessions that are compared. Those without a variant cannot be asked for alone. */
export function sessionsOf(experiment: string, variant: string, search: ComparisonSearch = {}): ListSearch {
  return {
    experiment: [experiment], ...(variant ? { variant: [variant] } : {}),
    ...(search.range ? { range: search.range } : {}), ...(search.from ? { from: search.from } : {}), ...(search.to ? { to: search.to } : {}),
  };
}

export function isNarrowed(search: ComparisonSearch): boolean {
  return Boolean(search.range || search.from || search.to);
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}
