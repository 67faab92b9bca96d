import { describe, expect, it } from "vitest";
import type { Session } from "../api/types";
import { heard, NOTHING, stateOf, toggledAll, toggledRange, toggledRow } from "./selection";

const row = (id: string, status = "running") => ({ id, status }) as Session;
const rows = ["a", "b", "c", "d"].map((id) => row(id));

describe("selection", () => {
  it("takes and leaves a row", () => {
    const one = toggledRow(NOTHING, row("a"));
    expect([...one.keys()]).toEqual(["a"]);
    expect(toggledRow(one, row("a")).size).toBe(0);
  });

  it("takes a range from either end", () => {
    expect([...toggledRange(toggledRow(NOTHING, row("d")), rows, 3, 1).keys()].sort()).toEqual(["b", "c", "d"]);
  });

  it("takes all, then none", () => {
    const all = toggledAll(NOTHING, rows);
    expect(stateOf(all, rows)).toBe("all");
    expect(toggledAll(all, rows).size).toBe(0);
    expect(stateOf(toggledRow(NOTHING, row("a")), rows)).toBe("some");
  });

  it("hears of changes, so that what is offered is true", () => {
    const one = toggledRow(toggledRow(NOTHING, row("a")), row("b"));
    const after = heard(one, new Map([["a", row("a", "completed")], ["b", null], ["x", row("x")]]));
    expect([...after].map(([id, session]) => [id, session.status])).toEqual([["a", "completed"]]);
    expect(heard(one, new Map([["x", row("x")]]))).toBe(one);
  });
});
