import { describe, expect, it } from "vitest";
import type { Session } from "../api/types";
import { isNewest, onTop, type Pages, renewed, rowsOf } from "./live_rows";

const row = (id: string, more: Partial<Session> = {}) =>
  ({ id, status: "running", revision: 1, started_at: "2026-11-21T10:00:00Z", match: null, ...more }) as Session;
const pages = (...ids: string[][]): Pages => ({
  pageParams: ids.map(() => null),
  pages: ids.map((list) => ({ items: list.map((id) => row(id)), next_cursor: null, total: 9 })),
});
const ids = (found: Pages) => rowsOf(found).map((session) => session.id);

describe("live rows", () => {
  it("renews a row in its place", () => {
    const changed = renewed(pages(["a", "b"], ["c"]), new Map([["c", row("c", { status: "failed", revision: 2 })]]));
    expect(rowsOf(changed).map((session) => [session.id, session.status])).toEqual(
      [["a", "running"], ["b", "running"], ["c", "failed"]]);
  });

  it("never puts an older state over a newer one", () => {
    const before = renewed(pages(["a"]), new Map([["a", row("a", { status: "completed", revision: 5 })]]));
    const after = renewed(before, new Map([["a", row("a", { status: "running", revision: 4 })]]));
    expect(rowsOf(after)[0]?.status).toBe("completed");
  });

  it("leaves pages alone that do not show the session", () => {
    const before = pages(["a"]);
    expect(renewed(before, new Map([["x", row("x")], ["y", null]]))).toBe(before);
  });

  it("puts new sessions on top, the newest first, each once", () => {
    const older = row("n1", { started_at: "2026-11-21T11:00:00Z" });
    const newer = row("n2", { started_at: "2026-11-21T12:00:00Z" });
    const changed = onTop(pages(["a"], ["b"]), [older, newer]);
    expect(ids(onTop(changed, [newer]))).toEqual(["n2", "n1", "a", "b"]);
    expect(changed.pages.map((page) => page.total)).toEqual([11, 11]);
  });

  it("takes a merged session away and counts it no more", () => {
    const changed = renewed(pages(["a", "b"], ["c"]), new Map([["a", null]]));
    expect(ids(changed)).toEqual(["b", "c"]);
    expect(changed.pages.map((page) => page.total)).toEqual([8, 8]);
  });

  it("knows what belongs on top", () => {
    expect(isNewest(pages(["a"]), row("x", { started_at: "2026-11-21T10:00:01Z" }))).toBe(true);
    expect(isNewest(pages(["a"]), row("x", { started_at: "2026-11-20T10:00:00Z" }))).toBe(false);
  });
});
