import { describe, expect, it } from "vitest";
import type { EventRow } from "../api/types";
import { forest, holders, linesOf } from "./timeline_tree";

const row = (event_id: string, parent_event_id = "", phase = 0) => ({ event_id, parent_event_id, phase }) as EventRow;
const drawn = (rows: EventRow[], closed: string[] = []) => linesOf(forest(rows), new Set(closed)).map((line) => `${"-".repeat(line.depth)}${line.row.event_id}`);

describe("the tree of a timeline", () => {
  it("puts what happened inside something below it", () => {
    expect(drawn([row("run"), row("call", "run"), row("tool", "call"), row("other")])).toEqual(["run", "-call", "--tool", "other"]);
  });

  it("shows a finished tool call once", () => {
    expect(drawn([row("tool"), row("tool", "", 1)])).toEqual(["tool"]);
  });

  it("leaves out what is inside of a closed one, and keeps orphans", () => {
    expect(drawn([row("run"), row("call", "run"), row("lost", "not here")], ["run"])).toEqual(["run", "lost"]);
    expect(holders(forest([row("run"), row("call", "run")]))).toEqual(["run"]);
  });

  it("survives a circle", () => {
    expect(drawn([row("a", "b"), row("b", "a")]).length).toBe(2);
  });
});
