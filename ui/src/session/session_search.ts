// The session page's view state, as it stands in the URL.

export const TABS = ["conversation", "timeline", "agents", "metrics"] as const;
export type Tab = (typeof TABS)[number];
export interface SessionSearch { tab?: Tab; type?: string[]; status?: string; agent?: string; q?: string; event?: string }

export function readSessionSearch(raw: Record<string, unknown>): SessionSearch {
  const search: SessionSearch = {};
  if (TABS.includes(raw.tab as Tab)) search.tab = raw.tab as Tab;
  const types = (Array.isArray(raw.type) ? raw.type : raw.type == null ? [] : [raw.type]).map(String).filter(Boolean);
  if (types.length) search.type = types;
  for (const name of ["status", "agent", "q", "event"] as const) {
    if (typeof raw[name] === "string" && raw[name]) search[name] = raw[name];
  }
  return search;
}
