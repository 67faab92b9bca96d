import { expect, test } from "vitest";
import { comparisonQuery, isNarrowed, readComparisonSearch, readExperimentsSearch, sessionsOf } from "./experiment_search";

const NOW = Date.parse("2026-03-02T12:00:00Z");

test("only what means something is read from the URL", () => {
  expect(readExperimentsSearch({ q: 7, status: "running" })).toEqual({ q: "7", status: "running" });
  expect(readExperimentsSearch({ q: "", status: "lost" })).toEqual({});
  expect(readComparisonSearch({ range: "7d", from: "no time", to: "2026-03-01", baseline: 1 })).toEqual({ range: "7d", to: "2026-03-01", baseline: "1" });
  expect(readComparisonSearch({ range: "all" })).toEqual({});
});

test("no variant is a baseline, too", () => {
  expect(readComparisonSearch({ baseline: "" })).toEqual({ baseline: "" });
  expect(comparisonQuery({ baseline: "" }, NOW).toString()).toBe("baseline=");
});

test("a range counts back from now unless a start is given", () => {
  expect(comparisonQuery({ range: "24h" }, NOW).get("started_after")).toBe("2026-03-01T12:00:00.000Z");
  expect(comparisonQuery({ range: "24h", from: "2026-02-01" }, NOW).get("started_after")).toBe("2026-02-01");
  expect(comparisonQuery({}, NOW).size).toBe(0);
});

test("the sessions of a variant are those of the same range", () => {
  expect(sessionsOf("x", "bold", { range: "7d", baseline: "a" })).toEqual({ experiment: ["x"], variant: ["bold"], range: "7d" });
  expect(sessionsOf("x", "", { from: "2026-03-01", to: "2026-03-02" })).toEqual({ experiment: ["x"], from: "2026-03-01", to: "2026-03-02" });
});

test("a baseline narrows nothing", () => {
  expect([isNarrowed({ baseline: "a" }), isNarrowed({ to: "2026-03-02" })]).toEqual([false, true]);
});
