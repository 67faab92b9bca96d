// The agents page's view state, as it stands in the URL.

export const RANGES = { "24h": 86_400_000, "7d": 7 * 86_400_000, "30d": 30 * 86_400_000, all: null } as const;
export type Range = keyof typeof RANGES;
export const RANGE_TITLES: Record<Range, string> = { "24h": "24 hours", "7d": "7 days", "30d": "30 days", all: "All time" };
export interface AgentSearch { range?: Range; sort?: string; q?: string }

export function readAgentSearch(raw: Record<string, unknown>): AgentSearch {
  const search: AgentSearch = {};
  if (typeof raw.range === "string" && raw.range in RANGES && raw.range !== "all") search.range = raw.range as Range;
  if (typeof raw.sort === "string" && raw.sort) search.sort = raw.sort;
  if ((typeof raw.q === "string" && raw.q) || typeof raw.q === "number") search.q = String(raw.q);
  return search;
}
