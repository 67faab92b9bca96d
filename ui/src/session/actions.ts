// What the action bar offers: which buttons, what they ask first, and in which words.

import { type MayIn, whyForbidden } from "../access/permissions";
import type { Verb } from "../api/act";
import type { Session } from "../api/types";

export type Action = Verb | "export" | "delete";
export interface Button { action: Action; title: string; why: string; tone: "" | "primary" | "danger" }
export interface Question { title: string; says: string[]; confirm: string; asks: ("reason" | "cascade" | "instructions" | "keep_turns")[] }

const TITLES: Record<Action, string> = {
  pause: "Pause", resume: "Resume", cancel: "Cancel", escalate: "Escalate", return: "Return to agent", reset: "Reset",
  compact: "Compact", archive: "Archive", unarchive: "Unarchive", export: "Export JSONL", delete: "Delete",
};
const DONE: Record<Verb, string> = {
  pause: "Paused", resume: "Resumed", cancel: "Canceled", escalate: "Escalated", return: "Returned to the agent",
  reset: "Reset: the agent starts over", compact: "Compacted", archive: "Archived", unarchive: "Back from the archive",
};
const ASKED: Partial<Record<Verb, string>> = {
  pause: "Pausing…", resume: "Resuming…", cancel: "Canceling…", reset: "Resetting…", compact: "Compacting…",
};
const SETTLED = new Set(["applied", "refused"]);

/** One place for each pair: a paused session shows Resume where a running one shows Pause. */
export function buttonsOf(session: Session, mayIn: MayIn): Button[] {
  const is = (action: Action) => session.allowed_actions.includes(action);
  const isHeld = is("resume") || session.status === "paused" || session.status === "pausing";
  const isEscalated = is("return") || session.status === "escalated";
  const shown: Action[] = [
    isHeld ? "resume" : "pause", "cancel", isEscalated ? "return" : "escalate", "reset", "compact",
    session.archived_at ? "unarchive" : "archive", "delete",
  ];
  return shown.map((action) => ({
    action, title: TITLES[action], why: whyForbidden(action, session, mayIn) || (is(action) ? "" : whyNot(session, action)),
    tone: action === "delete" || action === "cancel" ? "danger" : action === "resume" || action === "return" ? "primary" : "",
  }));
}

export function whyNot(session: Session, action: Action): string {
  const told = session.refused_actions[action] ?? `it is ${session.status}`;
  return `Not now: ${told}`;
}

/** What to ask before it is done; null if it is done at once, for it can be taken back. */
export function questionOf(action: Action, session: Session): Question | null {
  const name = session.goal ? `“${session.goal.length > 80 ? `${session.goal.slice(0, 79)}…` : session.goal}”` : session.key;
  switch (action) {
    case "cancel":
      return { title: "Cancel this session?", confirm: "Cancel the session", asks: ["reason", "cascade"], says: [
        "No new tool call starts from now on. Calls that run now are finished and kept.",
        "It is for ever: a canceled session cannot be resumed.",
      ] };
    case "reset":
      return { title: "Reset the conversation?", confirm: "Reset", asks: ["reason"], says: [
        "The agent forgets every message so far and starts over with none. State variables that it keeps elsewhere stay.",
        "The history stays here to be read, with a marker where it was reset.",
      ] };
    case "compact":
      return { title: "Compact the conversation?", confirm: "Compact", asks: ["instructions", "keep_turns"], says: [
        "Older messages become a summary; the latest turns stay as they are. The next model call is smaller and cheaper.",
        "The history stays here to be read, with a marker and the summary.",
      ] };
    case "escalate":
      return { title: "Hand it to a human?", confirm: "Escalate", asks: ["reason"], says: [
        "The session waits for a person until it is returned to the agent.",
      ] };
    case "delete":
      return { title: "Delete this session?", confirm: "Delete for good", asks: [], says: [
        `${name} with its ${session.event_count.toLocaleString("en-US")} events and everything that was said is removed. This cannot be undone.`,
        "That it was deleted, when and by whom stays known.",
      ] };
    default:
      return null;
  }
}

export interface Told { status: string; verb: string; detail: Record<string, unknown> }

/** What came of it, in one line. */
export function outcomeOf(command: Told): { text: string; detail: string; isBad: boolean } {
  const reason = typeof command.detail.reason === "string" ? command.detail.reason : "";
  const title = TITLES[command.verb as Verb] ?? command.verb;
  if (command.status === "refused") return { text: `${title} was refused`, detail: reason, isBad: true };
  const { messages_before: before, messages_after: after } = command.detail;
  const counted = before == null ? "" : after == null ? `${String(before)} messages forgotten` : `${String(before)} messages became ${String(after)}`;
  return { text: DONE[command.verb as Verb] ?? `${title}: done`, detail: counted, isBad: false };
}

export function isSettled(command: { status: string }): boolean {
  return SETTLED.has(command.status);
}

/** What is on its way, and what it waits for; "" if nothing is. */
export function progressOf(session: Session, pending: Told[]): string {
  const running = session.tools_in_flight;
  const calls = running > 0 ? ` to finish ${running} tool call${running === 1 ? "" : "s"}` : "";
  const isUnheard = pending.some((command) => command.status === "unreachable");
  const waits = session.reach === "lost" || isUnheard
    ? "its runtime does not answer; it takes effect when it comes back"
    : `waiting for the agent${calls}`;
  if (session.status === "pausing") return `Pausing… ${waits}`;
  if (session.status === "canceling") return `Canceling… ${waits}`;
  const verb = pending.find((command) => !isSettled(command))?.verb as Verb | undefined;
  return verb ? `${ASKED[verb] ?? `${TITLES[verb]}…`} ${waits}` : "";
}
