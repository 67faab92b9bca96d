// The policies page's view state, as it stands in the URL.

import type { PolicyBody, PolicyType } from "./policy_types";
import { actionWords, conditionWords, policyTitle, typeTitle, TYPES } from "./policy_words";

export const TABS = ["set", "history", "replay"] as const;
export type PolicyTab = (typeof TABS)[number];
export const LIMITS = [100, 500, 2_000, 5_000] as const;
export const DEFAULT_LIMIT = 500;
export const NEW = "new";
export interface PolicySearch {
  tab?: PolicyTab;     // the set if it is left out
  policy?: string;     // the one that is shown; `new` makes one
  q?: string;
  type?: PolicyType;
  agent?: string;      // what holds for this agent
  state?: "on" | "off";
  session?: string;    // of the replay: only its decisions
  limit?: number;
  differing?: boolean; // of the replay: only what differs
}
export type Part = { [Name in keyof PolicySearch]?: PolicySearch[Name] | undefined };

export function readPolicySearch(raw: Record<string, unknown>): PolicySearch {
  const search: PolicySearch = {};
  if (raw.tab === "history" || raw.tab === "replay") search.tab = raw.tab;
  for (const name of ["policy", "q", "agent", "session"] as const) {
    const value = raw[name];
    if ((typeof value === "string" && value) || typeof value === "number") search[name] = String(value);
  }
  if (typeof raw.type === "string" && raw.type in TYPES) search.type = raw.type as PolicyType;
  if (raw.state === "on" || raw.state === "off") search.state = raw.state;
  const limit = Number(raw.limit);
  if (LIMITS.includes(limit as (typeof LIMITS)[number]) && limit !== DEFAULT_LIMIT) search.limit = limit;
  if (raw.differing === true || raw.differing === "true") search.differing = true;
  return search;
}

/** Without what is undefined. */
export function cleaned(part: Part): PolicySearch {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as PolicySearch;
}

export function isNarrowed(search: PolicySearch): boolean {
  return Boolean(search.q || search.type || search.agent || search.state);
}

/** Whether it passes the filters. Each word must be found somewhere in what the row tells. */
export function passes(policy: PolicyBody, search: PolicySearch): boolean {
  if (search.type && policy.type !== search.type) return false;
  if (search.agent && policy.agent_id !== search.agent && policy.agent_id !== "") return false;
  if (search.state && policy.enabled !== (search.state === "on")) return false;
  const told = [policyTitle(policy), typeTitle(policy.type), policy.type, policy.agent_id, conditionWords(policy), actionWords(policy)].join(" ").toLowerCase();
  return (search.q ?? "").toLowerCase().split(/\s+/).every((word) => told.includes(word));
}

/** Agents that policies name, for the filter. */
export function agentsOf(policies: readonly PolicyBody[]): string[] {
  return [...new Set(policies.map((policy) => policy.agent_id).filter(Boolean))].sort();
}
