import { describe, expect, it } from "vitest";
import type { EventRow } from "../api/types";
import { current, isFlagged, lifecycleOf, outcomeOf, overtaken, type Trace, verdictOf } from "./trace_story";

const trace = (part: Partial<Trace>) => ({ started_at: "a", ended_at: "b", status: "ok", error_count: 0, ...part }) as Trace;
const row = (part: Partial<EventRow>) => ({ event_id: "e", at: "t", name: "n", details: {}, ...part }) as EventRow;
const blocked = verdictOf(row({ type: "guardrail_eval", details: { guardrail: "pii", result: "blocked", score: 0.9, explanation: "a card number" } }))!;

const assessed = (details: Record<string, unknown>) => verdictOf(row({
  type: "assessment", details: { assessor_id: "a", role: "enforcer", name: "gate", revision: "r1", assessed_at: "2026-01-01T00:00:00Z", ...details },
}))!;

describe("the story of a trace", () => {
  it("goes from received over assessed to completed", () => {
    const steps = lifecycleOf(trace({}), [verdictOf(row({ type: "assessment", details: { name: "tone", label: "good" } }))!]);

    expect(steps.map((step) => [step.name, step.isReached])).toEqual([["received", true], ["assessed", true], ["completed", true]]);
  });

  it("ends rejected when a guardrail blocked it, and is open while it runs", () => {
    expect(lifecycleOf(trace({}), [blocked]).at(-1)?.name).toBe("rejected");
    expect(lifecycleOf(trace({ ended_at: null, status: "pending" }), []).map((step) => step.isReached)).toEqual([true, false, false]);
  });

  it("tells what each assessor said", () => {
    expect(blocked).toMatchObject({ by: "pii", said: "blocked", score: 0.9, why: "a card number", isBad: true });
    expect(verdictOf(row({ type: "message" }))).toBeNull();
  });

  it("shows an assessor that failed as failed, with its reason", () => {
    expect(assessed({ intent: null, label: "failed", explanation: "it answered 500" })).toMatchObject({ said: "failed", why: "it answered 500", isBad: true, intent: null, role: "enforcer" });
    expect(assessed({ intent: "escalate", task_id: "t1" })).toMatchObject({ said: "escalated", isBad: false, taskId: "t1", at: "2026-01-01T00:00:00Z" });
    expect(verdictOf(row({ type: "assessment", details: { label: "toxic" } }))).toMatchObject({ said: "toxic", role: "" });
  });

  it("comes to the most restrictive word of an enforcer", () => {
    const observer = assessed({ role: "observer", intent: "block" });

    expect(outcomeOf([assessed({ intent: "allow" }), assessed({ intent: "escalate" }), observer])).toEqual({ intent: "escalate", hasEnforcer: true });
    expect(outcomeOf([observer])).toEqual({ intent: null, hasEnforcer: false });
    expect(outcomeOf([assessed({ intent: null })])).toEqual({ intent: null, hasEnforcer: true });
    expect(lifecycleOf(trace({}), [assessed({ intent: "block" })]).at(-1)?.name).toBe("rejected");
  });

  it("lets what was said of earlier content count no more", () => {
    const before = assessed({ intent: "block" });
    const now = assessed({ intent: "allow", revision: "r2", assessed_at: "2026-01-02T00:00:00Z" });

    expect(outcomeOf([now, before]).intent).toBe("allow");
    expect([current([now, before]), overtaken([now, before])]).toEqual([[now], [before]]);
  });

  it("is flagged for its errors", () => {
    expect([isFlagged(trace({ error_count: 1 })), isFlagged(trace({}))]).toEqual([true, false]);
  });
});
