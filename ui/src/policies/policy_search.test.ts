import { expect, test } from "vitest";
import { aPolicy } from "./a_policy";
import { agentsOf, cleaned, isNarrowed, passes, readPolicySearch } from "./policy_search";

test("a view is read from its URL, and nonsense is passed over", () => {
  const view = { tab: "replay", policy: "p1", q: 42, type: "cost_limit", agent: "bot", state: "off", session: "s", limit: "2000", differing: "true" };

  expect(readPolicySearch(view)).toEqual({ ...view, q: "42", limit: 2000, differing: true });
  expect(readPolicySearch({ tab: "set", type: "magic", state: "maybe", limit: 7, differing: "no", policy: "" })).toEqual({});
  expect(readPolicySearch({ limit: 500 })).toEqual({});
});

test("what is undefined goes out of the URL", () => {
  expect(cleaned({ tab: undefined, q: "x" })).toEqual({ q: "x" });
});

test("an agent's view has its own policies and those for every agent", () => {
  expect(passes(aPolicy({ agent_id: "bot" }), { agent: "bot" })).toBe(true);
  expect(passes(aPolicy({ agent_id: "" }), { agent: "bot" })).toBe(true);
  expect(passes(aPolicy({ agent_id: "other" }), { agent: "bot" })).toBe(false);
});

test("words are looked for in everything that the row tells", () => {
  const policy = aPolicy({ name: "Budget", agent_id: "bot", action: { type: "require_approval" } });

  expect(["budget", "cost limit", "APPROVAL bot", "$1.00", "cost_limit"].every((q) => passes(policy, { q }))).toBe(true);
  expect(passes(policy, { q: "budget missing" })).toBe(false);
  expect(passes(policy, { state: "off" })).toBe(false);
  expect(passes(policy, { type: "retry" })).toBe(false);
  expect([isNarrowed({ tab: "history", policy: "p" }), isNarrowed({ state: "on" })]).toEqual([false, true]);
});

test("each agent is offered once", () => {
  expect(agentsOf([aPolicy({ agent_id: "b" }), aPolicy({ agent_id: "a" }), aPolicy({ agent_id: "b" }), aPolicy()])).toEqual(["a", "b"]);
});
