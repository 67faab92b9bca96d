import { expect, test } from "vitest";
import { aTask } from "./a_task";
import { isMine, isNarrowed, listPart, queryOf, readTaskSearch, toggled } from "./task_search";

test("a view is read from its URL, and nonsense is passed over", () => {
  expect(readTaskSearch({ status: "completed", kind: ["approval", "x"], mine: "true", group: "ops", q: 42, task: "t" }))
    .toEqual({ status: "completed", kind: ["approval"], mine: true, group: "ops", q: "42", task: "t" });
  expect(readTaskSearch({ status: "open", kind: "nothing", mine: "no" })).toEqual({});
});

test("open tasks are asked for unless another status is chosen", () => {
  expect(queryOf({}).toString()).toBe("status=open");
  expect(queryOf({ status: "all", kind: ["review", "manual"], q: "a b" }).toString()).toBe("kind=review&kind=manual&q=a+b");
});

test("another task shown is the same list", () => {
  expect(listPart({ task: "t", q: "x" })).toEqual({ q: "x" });
  expect(isNarrowed({ task: "t" })).toBe(false);
  expect(isNarrowed({ mine: true })).toBe(true);
});

test("mine is what I claimed and what was meant for me", () => {
  expect([aTask({ claimed_by: "local" }), aTask({ assignee: "local" }), aTask({ claimed_by: "ann" })].map((task) => isMine(task, "local"))).toEqual([true, true, false]);
});

test("a kind is switched on and off", () => {
  expect(toggled(undefined, "review")).toEqual(["review"]);
  expect(toggled(["review"], "review")).toBeUndefined();
});
