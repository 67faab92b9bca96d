import { describe, expect, it } from "vitest";
import { cleaned, isFiltered, isSameView, keptOf, nextSort, queryOf, readSearch, toggled, unfiltered } from "./list_search";

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

  it("reads the rest of the view, and nothing that makes no sense", () => {
    expect(readSearch({ longer: 60000, archived: "only", trends: "cost", by: "model", open: "a:b/c", pane: "signals", columns: ["cost"], attention: "flagged" })).toEqual(
      { longer: 60000, archived: "only", trends: "cost", by: "model", open: "a:b/c", pane: "signals", columns: ["cost"], attention: ["flagged"] });
    expect(readSearch({ longer: -1, archived: "maybe", trends: "x", from: "yesterday", pane: "x" })).toEqual({});
  });

  it("asks for long sessions and for the archive", () => {
    expect(queryOf({ longer: 60000, archived: "no", trigger_type: ["api"] }, NOW).toString()).toBe("min_duration_ms=60000&archived=false&trigger_type=api");
  });

  it("keeps of a view what reproduces it, and compares by meaning", () => {
    const view = { status: ["failed"], open: "x", pane: "signals" as const, view: "v1", columns: ["goal", "cost"] };
    expect(keptOf(view)).toEqual({ status: ["failed"], columns: ["goal", "cost"] });
    expect(isSameView({ q: "a", sort: "cost_usd" }, { sort: "cost_usd", q: "a", view: "v" })).toBe(true);
    expect(isSameView({ q: "a" }, { q: "b" })).toBe(false);
  });

  it("drops filters and leaves the look alone", () => {
    expect(unfiltered({ q: "a", status: ["failed"], sort: "cost_usd", trends: "cost" })).toEqual({ sort: "cost_usd", trends: "cost" });
    expect(cleaned({ q: "", errors: false, status: [] })).toEqual({});
    expect(cleaned({ q: "conversation", pane: "conversation" })).toEqual({ q: "conversation" });
  });
});
