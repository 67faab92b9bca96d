// What became of a trace: received, assessed, then completed or rejected; and what assessors said of it.

import type { EventRow } from "../api/types";
import type { components } from "../api/schema";

export type Trace = components["schemas"]["Trace"];
export interface Step { name: "received" | "assessed" | "completed" | "rejected" | "failed" | "running"; at: string | null; isReached: boolean }
export type Intent = "allow" | "escalate" | "block";
export interface Verdict {
  eventId: string; at: string; kind: "assessment" | "guardrail" | "decision" | "signal"; by: string; said: string; score: number | null; why: string; isBad: boolean;
  role: "observer" | "enforcer" | ""; // of an assessor; "" of a sender's own assessment
  intent: Intent | null;              // null of an assessor: it failed
  revision: string;                   // the same for assessments of the same content
  taskId: string;                     // the review that it opened
}

/** An assessor's words as a person reads them. */
export const SAID: Record<Intent | "failed", string> = { allow: "allowed", escalate: "escalated", block: "blocked", failed: "failed" };
const RESTRICTION: readonly Intent[] = ["allow", "escalate", "block"];

/** A kind of event that judges or routes; the rest is left to the timeline. */
export const VERDICT_TYPES = ["assessment", "guardrail_eval", "decision", "signal"];

export function verdictOf(row: EventRow): Verdict | null {
  const told = row.details;
  const text = (name: string) => (told[name] == null ? "" : typeof told[name] === "string" ? told[name] : JSON.stringify(told[name]));
  const score = typeof told.score === "number" ? told.score : null;
  const base = {
    eventId: row.event_id, at: text("assessed_at") || row.at, score, why: text("explanation") || text("reason"),
    role: "" as Verdict["role"], intent: null, revision: "", taskId: "",
  };
  switch (row.type) {
    case "assessment": return assessmentOf(row, base, text);
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

function assessmentOf(row: EventRow, base: Omit<Verdict, "kind" | "by" | "said" | "isBad">, text: (name: string) => string): Verdict {
  const intent = RESTRICTION.find((one) => one === text("intent")) ?? null;
  const role = text("role") === "enforcer" ? "enforcer" : text("assessor_id") ? "observer" : "";
  const said = intent ? SAID[intent] : role ? SAID.failed : text("label");
  const isBad = role || intent ? intent === null || intent === "block" : /fail|bad|unsafe|block|reject/i.test(said);
  return { ...base, kind: "assessment", by: text("name") || row.name, said, isBad, role, intent, revision: text("revision"), taskId: text("task_id") };
}

export interface Outcome { intent: Intent | null; hasEnforcer: boolean }

/** The most restrictive word of an enforcer on the latest content, as the server has it. */
export function outcomeOf(verdicts: Verdict[]): Outcome {
  const enforcers = current(verdicts).filter((verdict) => verdict.role === "enforcer");
  const said = RESTRICTION.filter((intent) => enforcers.some((verdict) => verdict.intent === intent));
  return { intent: said.at(-1) ?? null, hasEnforcer: enforcers.length > 0 };
}

/** Without assessments of content that has been overtaken. */
export function current(verdicts: Verdict[]): Verdict[] {
  const latest = latestOf(verdicts);
  return verdicts.filter((verdict) => !verdict.revision || verdict.revision === latest);
}

export function overtaken(verdicts: Verdict[]): Verdict[] {
  const latest = latestOf(verdicts);
  return verdicts.filter((verdict) => verdict.revision && verdict.revision !== latest);
}

function latestOf(verdicts: Verdict[]): string {
  const assessed = verdicts.filter((verdict) => verdict.revision);
  return assessed.reduce((latest, verdict) => (Date.parse(verdict.at) >= Date.parse(latest.at) ? verdict : latest), assessed[0] ?? { at: "", revision: "" }).revision;
}

export function lifecycleOf(trace: Trace, verdicts: Verdict[]): Step[] {
  const assessed = verdicts.find((verdict) => verdict.kind === "assessment" || verdict.kind === "guardrail");
  const isRejected = trace.status === "canceled" || verdicts.some((verdict) => verdict.kind === "guardrail" && verdict.said === "blocked") || outcomeOf(verdicts).intent === "block";
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
