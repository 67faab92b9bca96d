import { describe, expect, it } from "vitest";
import type { Session } from "../api/types";
import { onTop, type Pages, renewed, rowsOf, without } from "./live_rows";

const row = (id: string, status = "running") => ({ id, status, match: null }) as unknown as Session;
const pages = (...ids: string[][]): Pages => ({
  pageParams: ids.map(() => null),
  pages: ids.map((list) => ({ items: list.map((id) => row(id)), next_cursor: null, total: 9 })),
});

describe("live rows", () => {
  it("renews a row in its place", () => {
    const changed = renewed(pages(["a", "b"], ["c"]), row("c", "failed"));
    expect(rowsOf(changed).map((session) => [session.id, session.status])).toEqual(
      [["a", "running"], ["b", "running"], ["c", "failed"]]);
  });

  it("leaves pages alone that do not show the session", () => {
    const before = pages(["a"]);
    expect(renewed(before, row("x"))).toBe(before);
    expect(without(before, "x")).toBe(before);
  });

  it("puts a new session on top, once", () => {
    const changed = onTop(pages(["a"]), row("n"));
    expect(rowsOf(onTop(changed, row("n"))).map((session) => session.id)).toEqual(["n", "a"]);
    expect(changed.pages[0]?.total).toBe(10);
  });

  it("takes a merged session away", () => {
    expect(rowsOf(without(pages(["a", "b"]), "a")).map((session) => session.id)).toEqual(["b"]);
  });
});
