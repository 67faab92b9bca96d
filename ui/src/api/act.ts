// What a person asks of a session, and of the server besides reading.

import { errorOf, sessionPath } from "./client";
import type { components } from "./schema";

export type ActionAnswer = components["schemas"]["ActionAnswer"];
export type ActionRequest = Partial<components["schemas"]["ActionRequest"]>;
export type Verb = "pause" | "resume" | "cancel" | "reset" | "compact" | "escalate" | "return" | "archive" | "unarchive";

export async function act(key: string, verb: Verb, asked: ActionRequest = {}): Promise<ActionAnswer> {
  const response = await fetch(`/api/v1${sessionPath(key)}/actions/${verb}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(asked),
  });
  if (!response.ok) throw await errorOf(response);
  return (await response.json()) as ActionAnswer;
}

/** Events, content and record are gone for good. */
export async function removeSession(key: string): Promise<void> {
  const response = await fetch(`/api/v1${sessionPath(key)}`, { method: "DELETE" });
  if (!response.ok) throw await errorOf(response);
}
