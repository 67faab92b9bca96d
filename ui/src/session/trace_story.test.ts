import { describe, expect, it } from "vitest";
import type { EventRow } from "../api/types";
import { isFlagged, lifecycleOf, type Trace, verdictOf } from "./trace_story";

const trace = (part: Partial<Trace>) => ({ started_at: "a", ended_at: "b", status: "ok", error_count: 0, ...part }) as Trace;
const row = (part: Partial<EventRow>) => ({ event_id: "e", at: "t", name: "n", details: {}, ...part }) as EventRow;
const blocked = verdictOf(row({ type: "guardrail_eval", details: { guardrail: "pii", result: "blocked", score: 0.9, explanation: "a card number" } }))!;

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

  it("is flagged for its errors", () => {
    expect([isFlagged(trace({ error_count: 1 })), isFlagged(trace({}))]).toEqual([true, false]);
  });
});
