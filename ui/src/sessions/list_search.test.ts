import { describe, expect, it } from "vitest";
import { isFiltered, nextSort, queryOf, readSearch, toggled } from "./list_search";

const NOW = Date.parse("2026-11-21T12:00:00Z");

describe("the list's URL", () => {
  it("reads what it knows and drops the rest", () => {
    expect(readSearch({ q: "refund", status: "failed", agent: ["a", "b"], range: "7d", page: 3, errors: "true" })).toEqual(
      { q: "refund", status: ["failed"], agent: ["a", "b"], range: "7d", errors: true });
  });

  it("becomes the server's query", () => {
    const query = queryOf({ q: "refund", range: "24h", status: ["failed", "idle"], errors: true }, NOW);
    expect(query.toString()).toBe(
      "q=refund&started_after=2026-11-20T12%3A00%3A00.000Z&has_errors=true&status=failed&status=idle");
  });

  it("asks for everything when no range is chosen", () => {
    expect(queryOf({}, NOW).toString()).toBe("");
    expect(isFiltered({})).toBe(false);
    expect(isFiltered({ range: "7d" })).toBe(true);
  });

  it("sorts down, then up, then by default", () => {
    expect(nextSort(undefined, "cost_usd")).toBe("-cost_usd");
    expect(nextSort("-cost_usd", "cost_usd")).toBe("cost_usd");
    expect(nextSort("cost_usd", "cost_usd")).toBeUndefined();
  });

  it("toggles a filter value", () => {
    expect(toggled(["a"], "b")).toEqual(["a", "b"]);
    expect(toggled(["a", "b"], "a")).toEqual(["b"]);
  });
});
