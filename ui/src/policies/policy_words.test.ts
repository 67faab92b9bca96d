import { expect, test } from "vitest";
import { actionWords, changedWords, conditionWords, outcomeWords, policyTitle, RUNGS, toneOf, TYPES } from "./policy_words";
import type { PolicyType } from "./policy_types";

test.each<[PolicyType, Record<string, unknown>, string]>([
  ["cost_limit", { cost_exceeded: 2.5 }, "costs more than $2.50"],
  ["step_limit", { steps_exceeded: 40 }, "makes 40 steps"],
  ["cost_spike", {}, "a call costs over 3× the average of 5 calls"],
  ["error_spike", { rate: 0.25, window: 8 }, "over 25 % of 8 steps fail"],
  ["repeated_tool_calls", { times: 4 }, "the same tool call 4 times in a row"],
  ["no_progress", {}, "10 tool calls in a row bring nothing new"],
  ["condition", { cel: "session.cost_usd > 2.0" }, "session.cost_usd > 2.0"],
  ["retry", { on_error: true }, "a call fails"],
])("%s says when it fires", (type, condition, words) => {
  expect(conditionWords({ type, condition })).toBe(words);
});

test("what happens is told by the rung, or by what the SDK does", () => {
  expect(actionWords({ type: "cost_limit", action: { type: "require_approval" } })).toBe("Require approval");
  expect(actionWords({ type: "retry", action: { max_retries: 3 } })).toBe("Retry, up to 3 times");
  expect(actionWords({ type: "fallback", action: { fallback_model: "small-1" } })).toBe("Go on with small-1");
  expect(outcomeWords("")).toBe("Nothing");
  expect(outcomeWords("abort")).toBe("abort");
});

test("a policy without a name is called by its type", () => {
  expect(policyTitle({ name: "", type: "cost_limit" })).toBe("Cost limit");
  expect(policyTitle({ name: "Budget", type: "cost_limit" })).toBe("Budget");
});

test("the further it goes, the louder its colour", () => {
  expect(["notify", "require_approval", "pause", "cancel", ""].map(toneOf)).toEqual(["run", "warn", "warn", "bad", "calm"]);
});

test("an update tells what it changed", () => {
  const before = { name: "a", is_enabled: true, condition: { cost_exceeded: 1 } };

  expect(changedWords(before, { ...before, is_enabled: false })).toBe("switched off");
  expect(changedWords(before, { ...before, name: "b", condition: { cost_exceeded: 2 } })).toBe("name, condition");
  expect(changedWords(null, before)).toBe("");
});

test("every type and rung has words", () => {
  expect(Object.values({ ...TYPES, ...RUNGS }).every((told) => told.title && told.about)).toBe(true);
});
