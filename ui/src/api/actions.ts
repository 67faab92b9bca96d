// What a person asks of many sessions at once. One session is a list of one.

import { errorOf } from "./client";
import type { components } from "./schema";

export type BulkOutcome = components["schemas"]["BulkOutcome"];
export type BulkVerb = components["schemas"]["BulkRequest"]["action"];
export type BulkOptions = Pick<Partial<components["schemas"]["BulkRequest"]>, "reason" | "cascade" | "instructions" | "keep_turns">;

export const MAX_BULK = 500; // sessions that one request may name

export async function askMany(action: BulkVerb, ids: readonly string[], options: BulkOptions = {}): Promise<BulkOutcome[]> {
  const outcomes: BulkOutcome[] = [];
  for (let from = 0; from < ids.length; from += MAX_BULK) {
    const body = { ...options, action, ids: ids.slice(from, from + MAX_BULK) };
    outcomes.push(...(await send<{ outcomes: BulkOutcome[] }>("POST", "/sessions/bulk", body)).outcomes);
  }
  return outcomes;
}

export async function send<Answer>(method: "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`/api/v1${path}`, {
    method, ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw await errorOf(response);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}
