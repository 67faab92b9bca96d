// One word for how an agent does, out of counts that anybody can check, and the sentence that tells which.

import type { components } from "../api/schema";
import { count } from "../format";

export type AgentStats = components["schemas"]["AgentStats"];
export type HealthWord = "error" | "active" | "new" | "idle" | "stale";
export interface Health { word: HealthWord; because: string }

export const DAY_MS = 86_400_000;
const STALE_AFTER_MS = 7 * DAY_MS;
const ACTIVE_WITHIN_MS = 5 * 60_000;
const FAILING_SHARE = 0.25;

/** What each word means, from the first that holds to the last. */
export const MEANINGS: readonly (readonly [HealthWord, string])[] = [
  ["error", "A quarter or more of its sessions that began in the last 24 hours failed."],
  ["active", "A session of it is running, or it was heard within 5 minutes."],
  ["new", "Its first session began within the last 24 hours."],
  ["stale", "Nothing was heard of it for 7 days."],
  ["idle", "None of these: it was heard within 7 days and does nothing now."],
];

/** `ever` is all of its time, `lastDay` its sessions of the last 24 hours, `isNew` whether it has no older ones. */
export function healthOf(ever: AgentStats, lastDay: AgentStats | undefined, isNew: boolean, nowMs: number): Health {
  const silentMs = ever.last_activity_at === null ? Number.POSITIVE_INFINITY : nowMs - Date.parse(ever.last_activity_at);
  if (lastDay && lastDay.failed > 0 && lastDay.failed / lastDay.sessions >= FAILING_SHARE) {
    return { word: "error", because: `${count(lastDay.failed)} of ${sessions(lastDay.sessions)} that began in the last 24 hours failed.` };
  }
  if (ever.running > 0) return { word: "active", because: ever.running === 1 ? "One session is running." : `${sessions(ever.running)} are running.` };
  if (silentMs <= ACTIVE_WITHIN_MS) return { word: "active", because: "It was heard within the last 5 minutes." };
  if (isNew) return { word: "new", because: "Its first session began within the last 24 hours." };
  if (silentMs > STALE_AFTER_MS) return { word: "stale", because: Number.isFinite(silentMs) ? `Nothing was heard for ${count(Math.floor(silentMs / DAY_MS))} days.` : "It was never heard." };
  return { word: "idle", because: "Nothing is running; it was heard within the last 7 days." };
}

const sessions = (number: number) => `${count(number)} session${number === 1 ? "" : "s"}`;
