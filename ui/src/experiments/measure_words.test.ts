import { expect, test } from "vitest";
import { chanceWords, differenceWords, type Estimate, groupOf, intervalWords, isNothing, isUnmeasured, type Measure, noteWords, readingOf, relativeWords, titleOf, valueWords } from "./measure_words";

const RATE: Measure = { name: "failed", kind: "rate", unit: "share", better: "lower" };
const COST: Measure = { name: "cost_usd", kind: "mean", unit: "usd", better: "lower" };
const LATENCY: Measure = { name: "duration_ms", kind: "mean", unit: "ms", better: "lower" };
const REFUNDS: Measure = { name: "metrics.refunds", kind: "mean", unit: "number", better: null };
const BASE: Estimate = { n: 20, estimate: 0.5, interval: { low: 0.4, high: 0.6 }, median: null, median_interval: null, note: "", needed: null, difference: null };

function against(low: number, high: number, isCorrected = true): Estimate {
  const excludes = low > 0 || high < 0;
  return { ...BASE, difference: { estimate: (low + high) / 2, interval: { low, high }, excludes_zero: excludes, excludes_zero_corrected: excludes && isCorrected } };
}

test("values are told in their unit", () => {
  expect([valueWords(RATE, 0.125), valueWords(COST, 0.335), valueWords(LATENCY, 8_666), valueWords(REFUNDS, 1234.5), valueWords(REFUNDS, 0.87654)])
    .toEqual(["12.5 %", "$0.335", "8.7 s", "1,235", "0.877"]);
  expect([valueWords(COST, null), valueWords(REFUNDS, -3.2), valueWords(REFUNDS, 0)]).toEqual(["—", "−3.2", "0"]);
});

test("a difference has a sign, and of rates it is points", () => {
  expect([differenceWords(RATE, -0.25), differenceWords(COST, 0.2), differenceWords(LATENCY, 0)]).toEqual(["−25 points", "+$0.20", "0 ms"]);
});

test("an interval names both ends", () => {
  expect(intervalWords(RATE, { low: 0.1, high: 0.255 })).toBe("10 to 25.5 %");
  expect(intervalWords(RATE, { low: -0.1, high: 0.2 }, true)).toBe("−10 to +20");
  expect(intervalWords(LATENCY, { low: -4_800, high: 300 }, true)).toBe("−4.8 s to +300 ms");
});

test("how much of the baseline a difference is makes sense for means above zero", () => {
  expect(relativeWords(COST, -0.1, 0.4)).toBe("−25 %");
  expect([relativeWords(RATE, 0.1, 0.4), relativeWords(COST, 0.1, 0), relativeWords(REFUNDS, 1, -2), relativeWords(COST, 1, null), relativeWords(COST, 0, 1)]).toEqual(["", "", "", "", ""]);
});

test("a reading is better or worse only where that is known", () => {
  expect(readingOf(COST, against(-0.3, -0.1), BASE)).toMatchObject({ word: "better", tone: "ok" });
  expect(readingOf(COST, against(0.1, 0.3), BASE)).toMatchObject({ word: "worse", tone: "bad" });
  expect(readingOf({ ...COST, better: "higher" }, against(0.1, 0.3), BASE).word).toBe("better");
  expect(readingOf(REFUNDS, against(0.1, 0.3), BASE)).toMatchObject({ word: "higher", tone: "run" });
  expect(readingOf(COST, against(-0.1, 0.3), BASE)).toMatchObject({ word: "no clear difference", tone: "calm" });
});

test("what does not stand among many comparisons is a perhaps", () => {
  expect(readingOf(COST, against(-0.3, -0.1, false), BASE)).toMatchObject({ word: "perhaps better", tone: "calm" });
});

test("without an interval the reading says whose sessions are too few", () => {
  const none = { ...BASE, difference: { estimate: 0.1, interval: null, excludes_zero: null, excludes_zero_corrected: null } };
  expect(readingOf(COST, { ...none, n: 1, note: "too_few" }, BASE).word).toBe("too few");
  expect(readingOf(COST, none, { ...BASE, n: 1, note: "too_few" }).word).toBe("baseline: too few");
  expect(readingOf(COST, { ...none, note: "skewed" }, { ...BASE, note: "all_equal" }).word).toBe("baseline: no spread");
  expect(readingOf(COST, { ...BASE, n: 0, estimate: null, note: "nothing_measured" }, BASE).word).toBe("no data");
});

test("a note says what to do about it", () => {
  const skewed: Estimate = { ...BASE, n: 12, note: "skewed", needed: 223, median: 0.01, median_interval: { low: 0.01, high: 0.02 } };
  expect(noteWords(COST, skewed)).toContain("About 223 would do");
  expect(noteWords(COST, skewed)).toContain("$0.01 to $0.02");
  expect(noteWords(COST, BASE)).toBe("");
});

test("metrics keep their names and stand in a group of their own", () => {
  expect([titleOf(REFUNDS), titleOf({ ...REFUNDS, name: "metrics.failed" }), titleOf(RATE)]).toEqual(["refunds", "failed", "Failed"]);
  expect([groupOf({ ...REFUNDS, name: "metrics.failed" }), groupOf(RATE), groupOf(COST)]).toEqual(["Outcome metrics", "How they ended", "Cost and latency"]);
});

test("an end that no session has is said once", () => {
  const variant = (estimate: number) => ({ name: "a", sessions: 1, open: 0, ended: 1, estimates: [{ ...BASE, estimate }] });
  expect(isNothing(0, [variant(0), variant(0)], RATE)).toBe(true);
  expect(isNothing(0, [variant(0), variant(0.1)], RATE)).toBe(false);
  expect(isNothing(0, [variant(0)], { ...RATE, name: "metrics.solved" })).toBe(false);
});

test("what no session tells is not drawn", () => {
  const variant = (n: number) => ({ name: "a", sessions: 1, open: 0, ended: 1, estimates: [{ ...BASE, n }] });
  expect([isUnmeasured(0, [variant(0), variant(0)]), isUnmeasured(0, [variant(0), variant(1)])]).toEqual([true, false]);
});

test("what chance does is a number", () => {
  expect(chanceWords(40)).toContain("about 2 of them");
  expect(chanceWords(10)).toContain("with a chance of 40 % at least one");
  expect(chanceWords(0)).toBe("");
});
