// Permissions by name: what each is for, and which one an action needs.

import type { components } from "../api/schema";

export type Permission = components["schemas"]["Permission"];
export type Verb = "pause" | "resume" | "cancel" | "reset" | "compact" | "escalate" | "return" | "archive" | "unarchive" | "export" | "delete";

export const OF_VERB: Record<Verb, Permission> = {
  pause: "sessions.pause", resume: "sessions.pause", cancel: "sessions.cancel", reset: "sessions.reset", compact: "sessions.compact",
  escalate: "sessions.escalate", return: "sessions.escalate", archive: "sessions.archive", unarchive: "sessions.archive",
  export: "sessions.export", delete: "sessions.delete",
};

export const MEANINGS: Record<Permission, string> = {
  "sessions.page": "Finds the pages about sessions in the navigation",
  "sessions.read": "Reads sessions: what was said, done and spent",
  "sessions.read_called": "Also reads what sessions did that another session called",
  "sessions.pause": "Pauses and resumes",
  "sessions.cancel": "Cancels for good",
  "sessions.reset": "Makes an agent forget the conversation",
  "sessions.compact": "Has a conversation summarised",
  "sessions.export": "Exports sessions and lists",
  "sessions.escalate": "Hands a session to a human, and back to the agent",
  "sessions.review": "Completes reviews",
  "sessions.archive": "Archives, and brings back from the archive",
  "sessions.delete": "Deletes sessions for good",
  "tasks.complete": "Answers and approves in the Work Center",
  "ingest.write": "Sends telemetry, and is steered as an agent",
  admin: "Decides policies, assessors, alerts, people and keys of the workspace",
};

const ALONE: ReadonlySet<Permission> = new Set<Permission>(["sessions.page", "sessions.read", "tasks.complete", "ingest.write", "admin"]);

/** Whether it is worth nothing without `sessions.read`. */
export function needsReading(permission: Permission): boolean {
  return !ALONE.has(permission);
}

/** Whether somebody may do something in a workspace. */
export type MayIn = (workspace: string, permission: Permission) => boolean;

/** Why a person may not ask this of a session; "" if they may. */
export function whyForbidden(verb: Verb, session: { workspace_id: string }, mayIn: MayIn): string {
  const needed = OF_VERB[verb];
  return mayIn(session.workspace_id, needed) ? "" : `needs ${needed}`;
}
