// The rows of the agents page: the range's numbers with the health of now, in the chosen order.

import type { components } from "../api/schema";
import { type AgentStats, type Health, type HealthWord, healthOf } from "./agent_health";
import { type AgentSearch, RANGES } from "./agent_search";

export type Runtime = components["schemas"]["Runtime"];
export interface AgentRow extends AgentStats { health: Health; failure_rate: number }

export const COLUMNS = ["health", "agent_id", "running", "last_activity_at", "sessions", "error_count", "failure_rate", "cost_usd", "total_tokens", "mean_duration_ms"] as const;
export type Column = (typeof COLUMNS)[number];
export const DEFAULT_SORT = "-last_activity_at";
const URGENCY: readonly HealthWord[] = ["idle", "stale", "new", "active", "error"]; // the last needs a person most

export function rangeQuery(search: AgentSearch, nowMs: number): URLSearchParams {
  const width = RANGES[search.range ?? "all"];
  return new URLSearchParams(width === null ? {} : { started_after: new Date(nowMs - width).toISOString() });
}

/** `before` are the agents that had sessions more than a day ago. */
export interface Counted { chosen: AgentStats[]; ever: AgentStats[]; lastDay: AgentStats[]; before: AgentStats[] }

export function rowsOf({ chosen, ever, lastDay, before }: Counted, search: AgentSearch, nowMs: number): AgentRow[] {
  const whole = new Map(ever.map((one) => [one.agent_id, one]));
  const recent = new Map(lastDay.map((one) => [one.agent_id, one]));
  const older = new Set(before.map((one) => one.agent_id));
  const words = (search.q ?? "").toLowerCase();
  const rows = chosen.filter((one) => one.agent_id.toLowerCase().includes(words)).map((one) => ({
    ...one,
    health: healthOf(whole.get(one.agent_id) ?? one, recent.get(one.agent_id), !older.has(one.agent_id), nowMs),
    failure_rate: one.sessions ? one.failed / one.sessions : 0,
  }));
  return sorted(rows, search.sort ?? DEFAULT_SORT);
}

/** What is unknown comes last, whichever way round. */
export function sorted(rows: AgentRow[], sort: string): AgentRow[] {
  const isDown = sort.startsWith("-");
  const column = sort.replace(/^-/, "") as Column;
  if (!COLUMNS.includes(column)) return rows;
  return [...rows].sort((one, other) => {
    const [left, right] = [valueOf(one, column), valueOf(other, column)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    const order = typeof left === "string" ? left.localeCompare(String(right)) : left - Number(right);
    return isDown ? -order : order;
  });
}

/** The next order when a header is clicked: names up first, numbers down first, then turned, then the default. */
export function nextSort(current: string | undefined, column: Column): string | undefined {
  const first = column === "agent_id" ? column : `-${column}`;
  const second = column === "agent_id" ? `-${column}` : column;
  const now = current ?? DEFAULT_SORT;
  if (now === first) return second;
  return now === second ? undefined : first;
}

export type RuntimeState = "listening" | "lost" | "ended";

export function runtimeState(runtime: Runtime): RuntimeState {
  if (runtime.ended_at !== null) return "ended";
  return runtime.is_lost ? "lost" : "listening";
}

function valueOf(row: AgentRow, column: Column): string | number | null {
  if (column === "health") return URGENCY.indexOf(row.health.word);
  return row[column];
}
