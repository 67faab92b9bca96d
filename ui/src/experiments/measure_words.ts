// Measures, estimates and differences in words, and what may be concluded from them.

import type { components } from "../api/schema";
import { count, duration, money, UNKNOWN } from "../format";

type Schemas = components["schemas"];
export type Comparison = Schemas["Comparison"];
export type Measure = Schemas["Measure"];
export type Estimate = Schemas["Estimate"];
export type Interval = Schemas["Interval"];
export type ComparedVariant = Schemas["ComparedVariant"];
export type Tone = "ok" | "bad" | "run" | "calm";
export interface Reading { word: string; tone: Tone; why: string }

const METRIC = "metrics.";
const TITLES: Record<string, string> = {
  completed: "Completed", failed: "Failed", canceled: "Canceled", abandoned: "Abandoned", with_errors: "With errors",
  cost_usd: "Cost", duration_ms: "Duration", total_tokens: "Tokens", "metrics.goal_completed": "Goal completed", "metrics.score": "Score",
};
const STATUSES = ["completed", "failed", "canceled", "abandoned", "with_errors"];
export const GROUPS = ["How they ended", "Outcome metrics", "Cost and latency"] as const;
export type Group = (typeof GROUPS)[number];

export function groupOf(measure: Measure): Group {
  if (measure.name.startsWith(METRIC)) return "Outcome metrics";
  return STATUSES.includes(measure.name) ? "How they ended" : "Cost and latency";
}

export function titleOf(measure: Measure): string {
  return TITLES[measure.name] ?? measure.name.slice(METRIC.length);
}

export function aboutOf(measure: Measure): string {
  const what = measure.kind === "rate" ? "share of sessions" : "mean of sessions";
  return measure.better ? `${what}, ${measure.better} is better` : what;
}

/** A session may lack a variant. */
export function variantName(name: string): string {
  return name || "(no variant)";
}

export function valueWords(measure: Measure, value: number | null): string {
  if (value === null) return UNKNOWN;
  return value < 0 ? `−${size(measure, -value)}` : size(measure, value);
}

export function differenceWords(measure: Measure, value: number): string {
  const words = measure.unit === "share" ? `${percent(Math.abs(value))} points` : size(measure, Math.abs(value));
  return signed(value, words);
}

/** The two ends of an interval, the unit once where it can be. */
export function intervalWords(measure: Measure, interval: Interval, isDifference = false): string {
  const ends = [interval.low, interval.high] as const;
  if (measure.unit === "share") {
    const [low, high] = ends.map((end) => (isDifference ? signed(end, percent(Math.abs(end))) : percent(end)));
    return isDifference ? `${low} to ${high}` : `${low} to ${high} %`;
  }
  return ends.map((end) => (isDifference ? differenceWords(measure, end) : valueWords(measure, end))).join(" to ");
}

/** How much of the baseline a difference of means is: +12 %. */
export function relativeWords(measure: Measure, difference: number, baseline: number | null): string {
  if (measure.kind !== "mean" || !difference || !baseline || baseline < 0) return "";
  const share = (difference / baseline) * 100;
  return signed(share, `${Math.abs(share) >= 10 ? Math.abs(share).toFixed(0) : Math.abs(share).toFixed(1)} %`);
}

/** Why there is no interval, or why to be careful with it. */
export function noteWords(measure: Measure, estimate: Estimate): string {
  if (estimate.note === "nothing_measured") return "No ended session says anything about it.";
  if (estimate.note === "too_few") return "One session is too few for an interval.";
  if (estimate.note === "all_equal") return `All ${count(estimate.n)} are equal, which does not tell how different others may be.`;
  if (estimate.note === "skewed") {
    const median = estimate.median_interval ? ` The median, ${intervalWords(measure, estimate.median_interval)}, needs no such number.` : "";
    return `A few sessions are far larger than the others: of ${count(estimate.n)}, the mean's interval is rather too narrow. About ${count(estimate.needed)} would do.${median}`;
  }
  return "";
}

const SHORT_NOTES: Record<Estimate["note"], string> = { "": "", skewed: "skewed", nothing_measured: "no data", too_few: "too few", all_equal: "no spread" };

export function shortNote(estimate: Estimate): string {
  return SHORT_NOTES[estimate.note];
}

/** What may be concluded of a variant against the baseline, and how surely. */
export function readingOf(measure: Measure, estimate: Estimate, baseline: Estimate): Reading {
  const difference = estimate.difference;
  if (!difference?.interval) {
    const [whose, note] = estimate.n && SHORT_NOTES[estimate.note] && estimate.note !== "skewed" ? ["", estimate] : estimate.n ? ["baseline: ", baseline] : ["", estimate];
    return { word: `${whose}${shortNote(note)}`, tone: "calm", why: noteWords(measure, note) };
  }
  if (!difference.excludes_zero) return { word: "no clear difference", tone: "calm", why: "The interval of the difference holds zero: both directions are possible." };
  const way = difference.estimate > 0 ? "higher" : "lower";
  const word = measure.better === null ? way : way === measure.better ? "better" : "worse";
  const tone = word === "better" ? "ok" : word === "worse" ? "bad" : "run";
  return difference.excludes_zero_corrected
    ? { word, tone, why: "Zero is outside of the interval, also if all differences on this page are to hold at once." }
    : { word: `perhaps ${word}`, tone: "calm", why: "Zero is outside of this interval taken alone, but not if all differences on this page are to hold at once." };
}

/** Rates that are zero for every variant say one thing, once. */
export function isNothing(place: number, variants: readonly ComparedVariant[], measure: Measure): boolean {
  return measure.kind === "rate" && STATUSES.includes(measure.name) && variants.every((variant) => !variant.estimates[place]?.estimate);
}

/** Nobody told it: no cost, say, where no price is known. */
export function isUnmeasured(place: number, variants: readonly ComparedVariant[]): boolean {
  return variants.every((variant) => !variant.estimates[place]?.n);
}

/** What chance alone would do to so many comparisons. */
export function chanceWords(comparisons: number): string {
  if (comparisons === 0) return "";
  const expected = comparisons / 20;
  const about = expected < 1 ? `with a chance of ${Math.round((1 - 0.95 ** comparisons) * 100)} % at least one` : `about ${Math.round(expected)}`;
  return `${count(comparisons)} difference${comparisons === 1 ? " is" : "s are"} judged here. If the variants did not differ at all, ${about} of them would still exclude zero.`;
}

function size(measure: Measure, value: number): string {
  if (measure.unit === "share") return `${percent(value)} %`;
  if (measure.unit === "usd") return money(value);
  if (measure.unit === "ms") return duration(value);
  return plain(value);
}

function percent(share: number): string {
  return (share * 100).toFixed(1).replace(/\.0$/, "");
}

/** Three digits are as much as an estimate is worth. */
function plain(value: number): string {
  return value >= 1_000 && value < 1e15 ? count(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function signed(value: number, words: string): string {
  return value === 0 ? words : `${value > 0 ? "+" : "−"}${words}`;
}
