import { expect, test } from "vitest";
import { aPolicy } from "./a_policy";
import { batchOf, countChanges, forget, inverseOf, keepChange, keepNew, keepRemoval, replaySet, rowsOf, titlesOf, UNCHANGED } from "./policy_draft";
import { bodyOf } from "./policy_types";

const ONE = aPolicy({ id: "one", priority: 5 });
const TWO = aPolicy({ id: "two", type: "step_limit", condition: { steps_exceeded: 9 } });
const FRESH = bodyOf(aPolicy({ name: "fresh", priority: 9 }));
const states = (draft: typeof UNCHANGED) => rowsOf([ONE, TWO], draft).map((row) => [row.id, row.state]);

test("nothing changed is the set in force", () => {
  expect(states(UNCHANGED)).toEqual([["one", "same"], ["two", "same"]]);
  expect(countChanges(rowsOf([ONE, TWO], UNCHANGED))).toBe(0);
});

test("changes, removals and new policies lie over it, and can be taken back one by one", () => {
  const draft = keepRemoval(keepNew(keepChange(UNCHANGED, "one", { ...bodyOf(ONE), enabled: false }), FRESH), "two");

  expect(states(draft)).toEqual([["draft-1", "added"], ["one", "changed"], ["two", "removed"]]);
  expect(states(forget(draft, "two"))).toEqual([["draft-1", "added"], ["one", "changed"], ["two", "same"]]);
  expect(states(keepRemoval(draft, "draft-1"))).toEqual([["one", "changed"], ["two", "removed"]]);
});

test("a change back to what is in force is none, whatever the order of its keys", () => {
  const condition = { window: 5, factor: 3 };
  const spike = aPolicy({ id: "one", type: "cost_spike", condition: { factor: 3, window: 5 } });

  expect(rowsOf([spike], keepChange(UNCHANGED, "one", { ...bodyOf(spike), condition }))[0]?.state).toBe("same");
});

test("somebody else's deletion takes the change along", () => {
  const draft = keepChange(UNCHANGED, "one", { ...bodyOf(ONE), enabled: false });

  expect(rowsOf([TWO], draft).map((row) => row.id)).toEqual(["two"]);
});

test("the replay is sent ids of what is in force and none of what is new, and names both", () => {
  const rows = rowsOf([ONE, TWO], keepRemoval(keepNew(UNCHANGED, FRESH), "one"));
  const title = titlesOf(rows, (body) => body.name || body.type);

  expect(replaySet(rows).map((policy) => policy.id)).toEqual([undefined, "two"]);
  expect(["new:0", "two", "one", "?"].map(title)).toEqual(["fresh", "step_limit", "cost_limit", ""]);
});

test("what is applied holds only what differs, and can be taken back", () => {
  const changed = keepChange(UNCHANGED, "one", { ...bodyOf(ONE), priority: 7, condition: { cost_exceeded: 2 } });
  const rows = rowsOf([ONE, TWO], keepRemoval(keepNew(changed, FRESH), "two"));

  expect(batchOf(rows)).toEqual({ create: [FRESH], change: [{ id: "one", priority: 7, condition: { cost_exceeded: 2 } }], delete: ["two"] });
  expect(inverseOf(rows, [aPolicy({ id: "made" }), aPolicy({ id: "one" })])).toEqual({
    create: [bodyOf(TWO)], change: [{ id: "one", priority: 5, condition: { cost_exceeded: 1 } }], delete: ["made"],
  });
});
