import { describe, expect, it } from "vitest";
import { columnsOf, defaultColumns, moved, shown } from "./column_choice";
import type { Column } from "./columns";

const column = (id: string, isHidden = false): Column => ({ id, title: id, width: "1px", isHidden, draw: () => null });
const ALL = [column("goal"), column("status"), column("agent"), column("cost"), column("user", true)];
const ids = (chosen: string[] | undefined) => columnsOf(ALL, chosen).map((one) => one.id);

describe("columns", () => {
  it("are the usual ones until somebody chooses", () => {
    expect(ids(undefined)).toEqual(["goal", "status", "agent", "cost"]);
    expect(defaultColumns(ALL)).toEqual(["goal", "status", "agent", "cost"]);
  });

  it("keep the session first and drop what is unknown or told twice", () => {
    expect(ids(["user", "nonsense", "cost", "user"])).toEqual(["goal", "user", "cost"]);
  });

  it("move, but not before the first nor past the end", () => {
    expect(moved(["goal", "status", "cost"], "cost", -1)).toEqual(["goal", "cost", "status"]);
    expect(moved(["goal", "status", "cost"], "status", -1)).toEqual(["goal", "status", "cost"]);
    expect(moved(["goal", "status", "cost"], "cost", 1)).toEqual(["goal", "status", "cost"]);
  });

  it("come back where they usually stand", () => {
    expect(shown(ALL, ["goal", "status", "cost"], "agent")).toEqual(["goal", "status", "agent", "cost"]);
    expect(shown(ALL, ["goal", "status"], "user")).toEqual(["goal", "status", "user"]);
    expect(shown(ALL, ["goal", "status", "cost"], "status")).toEqual(["goal", "cost"]);
    expect(shown(ALL, ["goal", "status"], "goal")).toEqual(["goal", "status"]);
  });
});
