// What a person asks of a session, and of the server besides reading.

import { send, sessionPath } from "./client";
import type { components } from "./schema";

export type ActionAnswer = components["schemas"]["ActionAnswer"];
export type ActionRequest = Partial<components["schemas"]["ActionRequest"]>;
export type Verb = "pause" | "resume" | "cancel" | "reset" | "compact" | "escalate" | "return" | "archive" | "unarchive";

export function act(key: string, verb: Verb, asked: ActionRequest = {}, workspace?: string): Promise<ActionAnswer> {
  return send<ActionAnswer>("POST", `${sessionPath(key)}/actions/${verb}`, asked, workspace);
}

/** Events, content and record are gone for good. */
export function removeSession(key: string): Promise<void> {
  return send<undefined>("DELETE", sessionPath(key));
}
