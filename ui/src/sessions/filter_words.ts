// The filters in words, and the values of those whose values are known beforehand.

import type { FilterName, ListSearch } from "./list_search";

export const FILTER_TITLES: Record<FilterName, string> = {
  status: "Status", agent: "Agent", model: "Model", environment: "Environment", channel: "Channel", service: "Service",
  origin: "Origin", kind: "Kind", attention: "Attention", trigger_type: "Trigger", source: "Source", experiment: "Experiment", variant: "Variant",
};
/** Always at hand; the others stand in a menu until they are used. */
export const MAIN_FILTERS: readonly FilterName[] = ["status", "agent", "environment", "channel", "model"];
export const KNOWN_VALUES: Partial<Record<FilterName, readonly string[]>> = {
  status: ["running", "idle", "pending", "pausing", "paused", "canceling", "escalated", "completed", "failed", "canceled", "abandoned"],
  kind: ["conversation", "run", "observed"],
  attention: ["awaiting_action", "flagged", "none"],
};
export const WITHOUT_FACET: ReadonlySet<FilterName> = new Set<FilterName>(["attention"]);
export const DURATIONS: readonly [ms: number, words: string][] = [
  [10_000, "10 s"], [60_000, "1 min"], [600_000, "10 min"], [3_600_000, "1 h"], [86_400_000, "1 day"],
];

export function valueWords(value: string): string {
  return value.replaceAll("_", " ");
}

export function durationWords(ms: number): string {
  const known = DURATIONS.find(([limit]) => limit === ms);
  return known ? known[1] : `${Math.round(ms / 1_000)} s`;
}

/** How many filters of the menu are in use. */
export function shownFilters(search: ListSearch, all: readonly FilterName[]): FilterName[] {
  return all.filter((name) => MAIN_FILTERS.includes(name) || (search[name]?.length ?? 0) > 0);
}

/** The known values first, as they are, then whatever else is chosen or counted. */
export function valuesOf(name: FilterName, counted: readonly { value: string; count: number }[], chosen: readonly string[]): { value: string; count: number | null }[] {
  const counts = new Map(counted.map((item) => [item.value, item.count]));
  const known = KNOWN_VALUES[name];
  const values = known ? [...known, ...chosen] : [...chosen.filter((value) => !counts.has(value)), ...counts.keys()];
  return [...new Set(values)].map((value) => ({ value, count: counts.get(value) ?? null }));
}
