import { expect, test } from "vitest";
import { cleaned, isNarrowed, queryOf, readSignalSearch, toggled } from "./signal_search";

const NOW = Date.parse("2026-03-10T12:00:00Z");

test("what the URL holds is read, and what makes no sense is left out", () => {
  expect(readSignalSearch({ type: "alert", subtype: ["a", "b"], agent: 4711, range: "7d" }))
    .toEqual({ type: ["alert"], subtype: ["a", "b"], agent: "4711", range: "7d" });
  expect(readSignalSearch({ type: [], agent: "", range: "century" })).toEqual({});
});

test("a view becomes the server's query", () => {
  const query = queryOf({ type: ["alert", "guardrail"], subtype: ["stuck"], agent: "a b", range: "24h" }, NOW);

  expect([...query]).toEqual([
    ["type", "alert"], ["type", "guardrail"], ["subtype", "stuck"], ["agent_id", "a b"], ["since", "2026-03-09T12:00:00.000Z"],
  ]);
  expect([...queryOf({}, NOW)]).toEqual([]);
});

test("a value is chosen and taken back", () => {
  expect(toggled(undefined, "a")).toEqual(["a"]);
  expect(toggled(["a", "b"], "a")).toEqual(["b"]);
  expect(toggled(["a"], "a")).toBeUndefined();
});

test("an empty part leaves the URL", () => {
  expect(cleaned({ type: undefined, agent: "x" })).toEqual({ agent: "x" });
  expect([isNarrowed({}), isNarrowed({ range: "7d" })]).toEqual([false, true]);
});
