// What became of a trace: received, assessed, then completed or rejected; and what assessors said of it.

import type { EventRow } from "../api/types";
import type { components } from "../api/schema";

export type Trace = components["schemas"]["Trace"];
export interface Step { name: "received" | "assessed" | "completed" | "rejected" | "failed" | "running"; at: string | null; isReached: boolean }
export interface Verdict { eventId: string; at: string; kind: "assessment" | "guardrail" | "decision" | "signal"; by: string; said: string; score: number | null; why: string; isBad: boolean }

/** A kind of event that judges or routes; the rest is left to the timeline. */
export const VERDICT_TYPES = ["assessment", "guardrail_eval", "decision", "signal"];

export function verdictOf(row: EventRow): Verdict | null {
  const told = row.details;
  const text = (name: string) => (told[name] == null ? "" : typeof told[name] === "string" ? told[name] : JSON.stringify(told[name]));
  const score = typeof told.score === "number" ? told.score : null;
  const base = { eventId: row.event_id, at: row.at, score, why: text("explanation") || text("reason") };
  switch (row.type) {
    case "assessment":
      return { ...base, kind: "assessment", by: text("name") || row.name, said: text("label"), isBad: /fail|bad|unsafe|block|reject/i.test(text("label")) };
    case "guardrail_eval":
      return { ...base, kind: "guardrail", by: text("guardrail") || row.name, said: text("result"), isBad: text("result") === "blocked" || text("result") === "flagged" };
    case "decision":
      return { ...base, kind: "decision", by: text("policy") || row.agent_id || row.name, said: text("decision") || row.preview, isBad: false };
    case "signal":
      return { ...base, kind: "signal", by: text("detector") || row.name, said: row.name, isBad: false };
    default:
      return null;
  }
}

export function lifecycleOf(trace: Trace, verdicts: Verdict[]): Step[] {
  const assessed = verdicts.find((verdict) => verdict.kind === "assessment" || verdict.kind === "guardrail");
  const isRejected = trace.status === "canceled" || verdicts.some((verdict) => verdict.kind === "guardrail" && verdict.said === "blocked");
  const isOver = trace.ended_at != null && trace.status !== "pending";
  const end: Step["name"] = !isOver ? "running" : isRejected ? "rejected" : trace.status === "error" ? "failed" : "completed";
  return [
    { name: "received", at: trace.started_at, isReached: true },
    { name: "assessed", at: assessed?.at ?? null, isReached: assessed !== undefined },
    { name: end, at: trace.ended_at, isReached: isOver },
  ];
}

/** Whether a person should look at it. */
export function isFlagged(trace: Trace): boolean {
  return trace.error_count > 0 || trace.status === "error";
}
