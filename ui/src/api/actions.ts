// What a person asks of many sessions at once. One session is a list of one.

import { send } from "./client";
import type { components } from "./schema";

export type BulkOutcome = components["schemas"]["BulkOutcome"];
export type BulkVerb = components["schemas"]["BulkRequest"]["action"];
export type BulkOptions = Pick<Partial<components["schemas"]["BulkRequest"]>, "reason" | "cascade" | "instructions" | "keep_turns">;
export interface Named { id: string; workspace_id: string }

export const MAX_BULK = 500; // sessions that one request may name

/** Each is asked in its own workspace. */
export async function askMany(action: BulkVerb, sessions: readonly Named[], options: BulkOptions = {}): Promise<BulkOutcome[]> {
  const outcomes: BulkOutcome[] = [];
  for (const workspace of new Set(sessions.map((session) => session.workspace_id))) {
    const own = sessions.filter((session) => session.workspace_id === workspace);
    for (let from = 0; from < own.length; from += MAX_BULK) {
      const body = { ...options, action, ids: own.slice(from, from + MAX_BULK).map((session) => session.id) };
      outcomes.push(...(await send<{ outcomes: BulkOutcome[] }>("POST", "/sessions/bulk", body, workspace)).outcomes);
    }
  }
  return outcomes;
}
