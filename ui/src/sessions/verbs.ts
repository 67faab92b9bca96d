// Which actions some sessions offer, and why they refuse the others. The server decides; this only gathers.

import { type MayIn, whyForbidden } from "../access/permissions";
import type { BulkVerb } from "../api/actions";
import type { Session } from "../api/types";

export type Verb = BulkVerb | "export";
export const VERBS: readonly Verb[] = [
  "resume", "pause", "cancel", "return", "escalate", "reset", "compact", "export", "archive", "unarchive", "delete",
];
export const LABELS: Record<Verb, string> = {
  pause: "Pause", resume: "Resume", cancel: "Cancel", reset: "Reset", compact: "Compact", escalate: "Escalate",
  return: "Return to agent", archive: "Archive", unarchive: "Unarchive", export: "Export", delete: "Delete",
};
export const DONE: Record<Verb, string> = {
  pause: "Pausing", resume: "Resumed", cancel: "Canceling", reset: "Reset", compact: "Compacting", escalate: "Escalated",
  return: "Returned to the agent", archive: "Archived", unarchive: "Unarchived", export: "Exported", delete: "Deleted",
};
/** What takes an action back, where something does. */
export const UNDO: Partial<Record<Verb, BulkVerb>> = {
  pause: "resume", resume: "pause", archive: "unarchive", unarchive: "archive", escalate: "return",
};
export const DANGEROUS: ReadonlySet<Verb> = new Set<Verb>(["cancel", "reset", "delete"]);
const CONFIRMED: ReadonlySet<Verb> = new Set<Verb>(["cancel", "reset", "compact", "delete"]);

export type Actionable = Pick<Session, "id" | "key" | "workspace_id" | "goal" | "status" | "allowed_actions" | "refused_actions">;
export interface Refusal { verb: Verb; because: string }
export interface Offer { allowed: Verb[]; refused: Refusal[] }

export function needsConfirmation(verb: Verb): boolean {
  return CONFIRMED.has(verb);
}

/** What is valid for all of them, and this person may ask. What is not says why, and for how many. */
export function offerOf(sessions: readonly Actionable[], mayIn: MayIn): Offer {
  const allowed: Verb[] = [];
  const refused: Refusal[] = [];
  for (const verb of VERBS) {
    const against = sessions.map((session) => whyNot(verb, session, mayIn)).filter(Boolean);
    if (against.length === 0) allowed.push(verb);
    else refused.push({ verb, because: because(against, sessions.length) });
  }
  return { allowed, refused };
}

function whyNot(verb: Verb, session: Actionable, mayIn: MayIn): string {
  const forbidden = whyForbidden(verb, session, mayIn);
  if (forbidden) return forbidden;
  return session.allowed_actions.includes(verb) ? "" : (session.refused_actions[verb] ?? `it cannot be asked to ${verb}`);
}

function because(against: readonly string[], all: number): string {
  const reasons = new Map<string, number>();
  for (const reason of against) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  if (all === 1) return [...reasons.keys()][0] ?? "";
  return [...reasons].map(([reason, number]) => `${number} of ${all}: ${reason}`).join("; ");
}

/** The one or two actions that a row shows without opening its menu: what one would do with it now. */
export function quickVerbs(session: Actionable): Verb[] {
  const order: readonly Verb[] = ["return", "resume", "pause", "cancel", "archive", "unarchive", "export"];
  return order.filter((verb) => session.allowed_actions.includes(verb)).slice(0, 2);
}
