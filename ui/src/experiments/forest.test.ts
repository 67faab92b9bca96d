import { expect, test } from "vitest";
import { differencesPlot, estimatesPlot } from "./forest";
import type { Estimate } from "./measure_words";

function estimate(at: number | null, low?: number, high?: number, difference: Estimate["difference"] = null): Estimate {
  return { n: 9, estimate: at, interval: low === undefined || high === undefined ? null : { low, high }, median: null, median_interval: null, note: "", needed: null, difference };
}

function different(at: number, low: number, high: number): Estimate {
  return estimate(at, low, high, { estimate: at, interval: { low, high }, excludes_zero: null, excludes_zero_corrected: null });
}

test("variants share one axis from the lowest to the highest end", () => {
  const { marks, zero } = estimatesPlot([estimate(10, 0, 20), estimate(30, 20, 100)]);

  expect(marks.map((mark) => mark && [mark.low, mark.at, mark.high].map(Math.round))).toEqual([[4, 13, 22], [22, 32, 96]]);
  expect(marks.map((mark) => mark?.hasInterval)).toEqual([true, true]);
  expect(zero).toBeNull();
});

test("zero is always on the axis of differences", () => {
  const { marks, zero } = differencesPlot([estimate(5), different(15, 10, 20)]);

  expect([zero, marks[0], marks[1]?.high]).toEqual([4, null, 96]);
});

test("a point without an interval stands alone, and what is unknown nowhere", () => {
  const { marks } = estimatesPlot([estimate(1), estimate(3), estimate(null)]);

  expect(marks.map((mark) => mark && [mark.at, mark.hasInterval])).toEqual([[4, false], [96, false], null]);
});

test("a single value stands in the middle", () => {
  expect(estimatesPlot([estimate(7)]).marks[0]?.at).toBe(50);
  expect(estimatesPlot([estimate(null)]).marks).toEqual([null]);
});
