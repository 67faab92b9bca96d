// What the timeline can be narrowed to.

import type { EventRow } from "../api/types";

export const KINDS: [title: string, types: string[], hint?: string][] = [
  ["All", []],
  ["Model calls", ["llm_call"]],
  ["Tool calls", ["tool_call", "tool_result"], "Tool calls only"],
  ["Reasoning", ["reasoning"], "Reasoning only"],
  ["Messages", ["message"]],
  ["Handoffs", ["handoff"]],
  ["Decisions", ["decision", "guardrail_eval", "signal", "assessment"], "Decisions, guardrails, signals and assessments"],
  ["State", ["state_change"]],
  ["Control", ["control", "task", "compaction", "reset"], "Pauses, resumes, tasks, compactions and resets"],
];
export const STATUSES = ["ok", "error", "pending", "waiting", "canceled"];

/** Which row the next error is, going from a time; null if there is none that way. */
export function nextError(errors: readonly EventRow[], from: string | undefined, fromId: string | undefined, step: 1 | -1): EventRow | null {
  const at = fromId ? errors.findIndex((row) => row.event_id === fromId) : -1;
  if (at >= 0) return errors[at + step] ?? null;
  if (!from) return (step > 0 ? errors[0] : errors.at(-1)) ?? null;
  return (step > 0 ? errors.find((row) => row.at > from) : errors.findLast((row) => row.at < from)) ?? null;
}

/** A finished call's two rows; each failure is told once. */
export function errorsOnce(rows: readonly EventRow[]): EventRow[] {
  const seen = new Set<string>();
  return rows.filter((row) => !seen.has(row.event_id) && seen.add(row.event_id));
}
