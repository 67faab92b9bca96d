import { expect, test } from "vitest";
import { aSignal } from "./a_signal";
import { candidatesOf, type Decision, eventOf, finalWord, outcomeTone, policyOf, reasonWord, valueWord } from "./signal_words";

const aDecision = (part: Partial<Decision> = {}): Decision => ({
  id: "d", session_id: "s", session_key: "key", agent_id: "", at: null, stage: "at_ingest", context: {}, matched_policy_count: 2, candidates: [],
  reason: "higher_precedence", winning_type: "cancel", final_decision: null, source: "sojourn", ...part,
});

test("a signal stands on the timeline under its own id", () => {
  expect(eventOf(aSignal({ id: "abc" }))).toBe("signal:abc");
});

test("a policy is called by its name, and by its id if it had none", () => {
  expect(policyOf(aSignal({ data: { policy: "budget" }, policy_id: "0123456789" }))).toBe("budget");
  expect(policyOf(aSignal({ policy_id: "0123456789" }))).toBe("01234567");
});

test("the winner is marked once among the candidates", () => {
  const candidates = [
    { type: "notify", policy_id: "p1", policy_type: "step_limit", priority: 0, message: "many steps", params: { limit: 1 } },
    { type: "cancel", policy_id: "p2", policy_type: "cost_limit", priority: 0, message: "too dear" },
    { type: "cancel", policy_id: "p2", policy_type: "cost_limit", priority: 0, message: "again" },
  ];
  const found = candidatesOf(aDecision({ candidates, final_decision: { type: "cancel", policy_id: "p2", priority: 0 } }));

  expect(found.map((one) => one.isWinner)).toEqual([false, true, false]);
  expect(found[0]).toMatchObject({ policyType: "step_limit", priority: "0", params: { limit: 1 } });
});

test("what an SDK sends in another form is shown and breaks nothing", () => {
  expect(candidatesOf(aDecision({ candidates: ["stop", null, [1], { type: 5 }], final_decision: {} }))).toEqual([
    { type: "5", policyType: "", policyId: "", priority: "", message: "", params: {}, isWinner: false },
  ]);
  expect(finalWord(aDecision({ winning_type: "", final_decision: { action: "switch_model" } }))).toBe("switch model");
  expect(finalWord(aDecision({ winning_type: "" }))).toBe("nothing");
  expect(reasonWord("a_new_reason")).toBe("a new reason");
});

test("an outcome has a tone, and a number no tail", () => {
  expect(["refused: no runtime listens", "waiting", "approved by ann", "asked", "a stronger policy won"].map(outcomeTone)).toEqual(["bad", "warn", "ok", "ok", "calm"]);
  expect([valueWord(0.1 + 0.2), valueWord("x"), valueWord({ a: 1 }), valueWord(null)]).toEqual(["0.3", "x", '{"a":1}', "null"]);
});
