import { expect, test } from "vitest";
import { aSignal } from "./a_signal";
import { dayOf, onlyFirst, type Pages, rowsOf, settled, without } from "./signal_rows";

const NOW = new Date(2026, 2, 10, 12).getTime();
const at = (daysAgo: number, hour = 9) => new Date(2026, 2, 10 - daysAgo, hour).toISOString();
const pages = (...ids: string[]): Pages => ({ pages: ids.map((id) => ({ items: [aSignal({ id })], next_cursor: null, total: 1 })), pageParams: ids });

test("each day has its name above its signals", () => {
  const rows = rowsOf([aSignal({ id: "a", last_at: at(0) }), aSignal({ id: "b", last_at: at(1) }), aSignal({ id: "c", last_at: at(1, 8) })], NOW);

  expect(rows.map((row) => (row.kind === "day" ? row.title : row.signal.id))).toEqual(["Today", "a", "Yesterday", "b", "c"]);
});

test("a signal that moved between pages while they were read stands once", () => {
  expect(rowsOf([aSignal({ id: "a" }), aSignal({ id: "b" }), aSignal({ id: "a" })], NOW).filter((row) => row.kind === "signal")).toHaveLength(2);
});

test("an older day is named by its date", () => {
  expect(dayOf(at(3), NOW)).toContain("2026");
  expect(dayOf(null, NOW)).toBe("At an unknown time");
});

test("what came of a signal stands where it is, and one that fired again waits for the server", () => {
  const before = pages("a", "b");

  expect(settled(before, aSignal({ id: "b", outcome: "asked" }))?.pages[1]?.items[0]?.outcome).toBe("asked");
  expect(settled(before, aSignal({ id: "b", count: 2 }))).toBeNull();
  expect(settled(before, aSignal({ id: "new" }))).toBeNull();
});

test("what is gone leaves the pages, and the first page can stand alone", () => {
  expect(without(pages("a", "b"), (signal) => signal.id === "a").pages.flatMap((page) => page.items.map((one) => one.id))).toEqual(["b"]);
  expect(onlyFirst(pages("a", "b")).pageParams).toEqual(["a"]);
});
