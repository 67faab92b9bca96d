import { expect, test } from "vitest";
import { changeTitle, stateWords } from "./change_words";
import type { PolicyChange } from "./policy_types";

const STATE = { type: "cost_spike", agent_id: "", name: "", condition: { factor: 4, window: 6 }, action: { type: "pause" }, priority: 2, is_enabled: false };
const CHANGE: PolicyChange = {
  at: null, actor: "ada", action: "deleted", source: "api", policy_id: "p", agent_id: "", policy_type: "cost_spike", before: STATE, after: null,
};

test("a deleted policy is called as it was called", () => {
  expect(changeTitle(CHANGE)).toBe("Cost spike");
  expect(changeTitle({ ...CHANGE, before: { ...STATE, name: "Watch" } })).toBe("Watch");
});

test("its state is told in words, and in full where words leave something out", () => {
  expect(stateWords(STATE)).toEqual({
    Name: "", Type: "Cost spike", Agent: "every agent", "It fires when": "a call costs over 4× the average of 6 calls", Then: "Pause",
    Condition: { factor: 4, window: 6 }, Priority: 2, On: "no",
  });
  expect(stateWords(null)).toEqual({});
});
