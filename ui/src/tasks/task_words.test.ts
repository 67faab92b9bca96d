import { expect, test } from "vitest";
import { aTask } from "./a_task";
import { consequence, deadlineWords, done, dueOf, instructionsOf, originOf, outcomeWord } from "./task_words";

const NOW = Date.parse("2026-01-01T00:00:00Z");

test("the moment before says who goes on", () => {
  expect(consequence(aTask(), "complete")).toBe("The agent gets your answer and goes on.");
  expect(consequence(aTask({ kind: "approval" }), "approve", true)).toContain("as you changed them, and the agent goes on");
  expect(consequence(aTask({ kind: "approval" }), "deny")).toContain("The call does not run.");
  expect(consequence(aTask({ session_id: "", session_key: "", source: "nightly-import" }), "complete")).toBe("nightly-import gets your answer.");
  expect(consequence(aTask({ kind: "review", source: "escalation" }), "complete")).toContain("handed back");
});

test("an agent goes on only where one waits", () => {
  expect(done(aTask(), "complete")).toBe("Done. The agent goes on.");
  expect(done(aTask({ kind: "review" }), "complete")).toBe("Done.");
  expect(done(aTask({ session_id: "" }), "complete")).toBe("Done.");
});

test("a task is from a session or from a workflow", () => {
  expect(originOf(aTask())).toBe("key");
  expect(originOf(aTask({ session_key: "", source: "nightly-import" }))).toBe("nightly-import");
});

test("arguments that stand in the form are not told twice", () => {
  const proposed = { amount: 5 };
  const json = JSON.stringify(proposed, null, 2);

  expect(instructionsOf(aTask({ instructions: `Check it.\n\n${json}` }), proposed)).toBe("Check it.");
  expect(instructionsOf(aTask({ instructions: json }), proposed)).toBe("");
  expect(instructionsOf(aTask({ instructions: "Check it.\n\n{...}" }), proposed)).toBe("Check it.\n\n{...}");
  expect(instructionsOf(aTask({ instructions: `See\n\n{"amount": 6}` }), proposed)).toContain("6");
});

test("a deadline says how long there is, and none says so", () => {
  expect(dueOf(aTask(), NOW)).toBeNull();
  expect(dueOf(aTask({ deadline_at: "2026-01-01T00:30:00Z" }), NOW)).toEqual({ words: "due in 30 min", isSoon: true, isPast: false });
  expect(dueOf(aTask({ deadline_at: "2026-01-03T12:00:00Z" }), NOW)?.words).toBe("due in 3 d");
  expect(dueOf(aTask({ deadline_at: "2025-12-31T00:00:00Z" }), NOW)?.words).toBe("overdue");
  expect(deadlineWords(aTask())).toContain("until somebody answers");
});

test("a closed approval says approved or denied", () => {
  expect(outcomeWord(aTask({ kind: "approval", status: "completed", outcome: { approved: true } }))).toBe("approved");
  expect(outcomeWord(aTask({ kind: "approval", status: "completed", outcome: { approved: false } }))).toBe("denied");
  expect(outcomeWord(aTask({ kind: "approval", status: "canceled", outcome: { reason: "x" } }))).toBe("canceled");
});
