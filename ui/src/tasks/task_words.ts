// What a task says to the person who is asked: where it comes from, what happens when, what became of it.

import type { Kind } from "./task_search";
import type { Task } from "./requests";

export const KIND_TITLES: Record<Kind, string> = { approval: "Approval", question: "Question", review: "Review", manual: "Manual" };
const ESCALATION = "escalation"; // source of the task that an escalation opens

export type Verdict = "approve" | "deny" | "complete" | "cancel";

export function originOf(task: Task): string {
  return task.session_key || task.source || task.created_by || "unknown";
}

/** One sentence for the moment before it happens. */
export function consequence(task: Task, verdict: Verdict, isEdited = false): string {
  const isWaitedFor = task.session_id !== "";
  const waiter = isWaitedFor ? "The agent" : task.source || "Whoever asked";
  if (verdict === "cancel") return `Nobody will do it any more. ${waiter} is told that it was canceled, and why.`;
  if (verdict === "deny") return `The call does not run. ${waiter} is told so, with your reason, and goes on from there.`;
  if (verdict === "approve") {
    return isEdited
      ? `The call runs with the arguments as you changed them, and ${lower(waiter)} goes on.`
      : `The call runs as it was asked, and ${lower(waiter)} goes on.`;
  }
  if (task.source === ESCALATION) return "The session is handed back to its agent, which goes on.";
  if (task.kind === "review") return "The session counts as reviewed.";
  return isWaitedFor ? "The agent gets your answer and goes on." : `${waiter} gets your answer.`;
}

/** What is told once it has happened. */
export function done(task: Task, verdict: Verdict): string {
  const goesOn = task.session_id !== "" && (task.kind !== "review" || task.source === ESCALATION) ? " The agent goes on." : "";
  return { approve: `Approved.${goesOn}`, deny: `Denied.${goesOn}`, complete: `Done.${goesOn}`, cancel: "Canceled." }[verdict];
}

/** The arguments that the SDK writes under the instructions of an approval stand in its form already. */
export function instructionsOf(task: Task, proposed: unknown): string {
  if (proposed === null || proposed === undefined) return task.instructions;
  const start = task.instructions.lastIndexOf("\n\n{");
  const json = start >= 0 ? task.instructions.slice(start) : task.instructions.startsWith("{") ? task.instructions : "";
  return json && isSame(json, proposed) ? task.instructions.slice(0, task.instructions.length - json.length).trim() : task.instructions;
}

function isSame(json: string, value: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(json)) === JSON.stringify(value);
  } catch {
    return false;
  }
}

export interface Due { words: string; isSoon: boolean; isPast: boolean }
const SOON_MS = 3_600_000;

export function dueOf(task: Task, now: number): Due | null {
  if (!task.deadline_at) return null;
  const leftMs = Date.parse(task.deadline_at) - now;
  const isPast = leftMs <= 0;
  return { words: isPast ? "overdue" : `due in ${roughly(leftMs)}`, isSoon: leftMs < SOON_MS, isPast };
}

export function deadlineWords(task: Task): string {
  if (!task.deadline_at) return "None: it stays open until somebody answers";
  return task.default_outcome == null ? "Then it expires without an answer" : "Then it expires, with the default answer";
}

/** approved or denied says more than completed. */
export function outcomeWord(task: Task): string {
  const outcome = task.outcome;
  if (task.kind !== "approval" || (task.status !== "completed" && task.status !== "expired")) return task.status;
  if (outcome === null || typeof outcome !== "object" || !("approved" in outcome)) return task.status;
  return outcome.approved === true ? "approved" : "denied";
}

function roughly(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

const lower = (words: string) => (words.startsWith("The ") || words.startsWith("Whoever ") ? words[0]!.toLowerCase() + words.slice(1) : words);
