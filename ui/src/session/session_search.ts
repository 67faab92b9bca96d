// The session page's view state, as it stands in the URL.

import type { Show } from "./conversation_items";

export const TABS = ["conversation", "timeline", "agents", "context", "metrics", "state", "traces", "signals"] as const;
export const MODES = ["list", "tree", "waterfall"] as const;
export type Tab = (typeof TABS)[number];
export type Mode = (typeof MODES)[number];
const TEXTS = ["status", "agent", "trace_id", "q", "event", "find", "call", "trace", "variable"] as const;

export interface SessionSearch {
  tab?: Tab;
  mode?: Mode;      // of the timeline
  type?: string[];
  status?: string;
  agent?: string;
  trace_id?: string;
  q?: string;
  event?: string;   // open beside the timeline
  find?: string;    // in the conversation
  show?: Show;      // of the conversation
  call?: string;    // open in Context: a model call
  trace?: string;   // open in Traces
  variable?: string; // whose history State shows
}

export function readSessionSearch(raw: Record<string, unknown>): SessionSearch {
  const search: SessionSearch = {};
  if (TABS.includes(raw.tab as Tab)) search.tab = raw.tab as Tab;
  if (MODES.includes(raw.mode as Mode)) search.mode = raw.mode as Mode;
  if (raw.show === "reasoning" || raw.show === "tools") search.show = raw.show;
  const types = (Array.isArray(raw.type) ? raw.type : raw.type == null ? [] : [raw.type]).map(String).filter(Boolean);
  if (types.length) search.type = types;
  for (const name of TEXTS) {
    const value = raw[name];
    // The router reads a value like 4711 as a number.
    if (typeof value === "string" || typeof value === "number") search[name] = String(value);
    if (search[name] === "") delete search[name];
  }
  return search;
}

/** What is null or empty is left out of the URL. */
export function changed(search: SessionSearch, part: { [Name in keyof SessionSearch]?: SessionSearch[Name] | null }): SessionSearch {
  return Object.fromEntries(Object.entries({ ...search, ...part }).filter(([, value]) =>
    value != null && value !== "" && !(Array.isArray(value) && value.length === 0))) as SessionSearch;
}

/** Leads to an event, past filters that might hide it. */
export function toEvent(eventId: string): { [Name in keyof SessionSearch]?: SessionSearch[Name] | null } {
  return { tab: "timeline", event: eventId, type: null, status: null, agent: null, trace_id: null, q: null };
}
