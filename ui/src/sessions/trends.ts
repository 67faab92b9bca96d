// Trends as lines over time: which buckets, which groups, and what stands for a bucket in which nothing happened.

import type { components } from "../api/schema";
import { type Chart, type ListSearch, RANGES } from "./list_search";

export type Bucket = components["schemas"]["TrendBucket"];
export type Width = "hour" | "day" | "week";
export interface Line { label: string; values: (number | null)[]; total: number | null }
export interface Trend { times: number[]; lines: Line[] } // times in seconds

const WIDTH_S: Record<Width, number> = { hour: 3_600, day: 86_400, week: 7 * 86_400 };
const DAY_MS = 86_400_000;
const MAX_HOURS_MS = 3 * DAY_MS;
const MAX_DAYS_MS = 130 * DAY_MS;
export const MAX_LINES = 6;
const MAX_BUCKETS = 3_000; // weeks since 1970
export const CHART_TITLES: Record<Chart, string> = { volume: "Sessions", failures: "Failures", duration: "Duration", cost: "Cost" };

/** How wide a bucket is, by how long the range is. `null` is a range without a beginning. */
export function widthOf(search: ListSearch, now: number, firstAt: number | null): Width {
  const width = RANGES[search.range ?? "all"];
  const from = search.from ? Date.parse(search.from) : width != null ? now - width : firstAt;
  const length = (search.to ? Date.parse(search.to) : now) - (from ?? now - 60 * DAY_MS);
  return length <= MAX_HOURS_MS ? "hour" : length <= MAX_DAYS_MS ? "day" : "week";
}

const FEW = 0.1; // of all sessions

/** Without the oldest few, if they alone would push everything else into a corner. */
export function withoutStragglers(buckets: readonly Bucket[]): { kept: Bucket[]; left: number } {
  const times = [...new Set(buckets.map((bucket) => Date.parse(bucket.at)))].sort((one, other) => one - other);
  const all = buckets.reduce((sum, bucket) => sum + bucket.sessions, 0);
  const at = new Map<number, number>();
  for (const bucket of buckets) at.set(Date.parse(bucket.at), (at.get(Date.parse(bucket.at)) ?? 0) + bucket.sessions);
  let left = 0;
  let from = 0;
  let end = 0;
  times.forEach((time, place) => {
    left += at.get(time) ?? 0;
    const next = times[place + 1];
    const isGap = next !== undefined && next - time > ((times.at(-1) ?? time) - (times[0] ?? time)) / 2;
    if (isGap && left <= all * FEW) [from, end] = [next, left];
  });
  return { kept: buckets.filter((bucket) => Date.parse(bucket.at) >= from), left: end };
}

export function trendOf(buckets: readonly Bucket[], chart: Chart, width: Width, isGrouped: boolean): Trend {
  const times = timesOf(buckets, WIDTH_S[width]);
  if (!isGrouped) return { times, lines: plainLines(buckets, chart, times) };
  const groups = new Map<string, Bucket[]>();
  for (const bucket of buckets) groups.set(bucket.group, [...(groups.get(bucket.group) ?? []), bucket]);
  const pick = PICKS[chart];
  const ranked = [...groups].sort(([, one], [, other]) => weight(other, chart) - weight(one, chart));
  const shown = ranked.length > MAX_LINES ? ranked.slice(0, MAX_LINES - 1) : ranked;
  const lines = shown.map(([group, own]) => line(group || "not told", own, pick, times, chart));
  const rest = ranked.slice(shown.length);
  if (rest.length && chart !== "duration") lines.push(line(`${rest.length} others`, rest.flatMap(([, own]) => own), pick, times, chart));
  return { times, lines };
}

type Pick = (bucket: Bucket) => number | null;
const PICKS: Record<Chart, Pick> = {
  volume: (bucket) => bucket.sessions, failures: (bucket) => bucket.failed, duration: (bucket) => bucket.p95_ms, cost: (bucket) => bucket.cost_usd ?? 0,
};

function plainLines(buckets: readonly Bucket[], chart: Chart, times: readonly number[]): Line[] {
  if (chart === "duration") return [line("p50", buckets, (bucket) => bucket.p50_ms, times, chart), line("p95", buckets, (bucket) => bucket.p95_ms, times, chart)];
  return [line(CHART_TITLES[chart], buckets, PICKS[chart], times, chart)];
}

/** Sums of nothing are 0; a percentile of nothing is a gap. */
function line(label: string, buckets: readonly Bucket[], pick: Pick, times: readonly number[], chart: Chart): Line {
  const at = new Map<number, number | null>();
  for (const bucket of buckets) {
    const second = Date.parse(bucket.at) / 1_000;
    const value = pick(bucket);
    const before = at.get(second);
    at.set(second, before == null || value == null ? value : before + value);
  }
  const isSum = chart !== "duration";
  const values = times.map((time) => at.get(time) ?? (isSum ? 0 : null));
  return { label, values, total: isSum ? values.reduce<number>((sum, value) => sum + (value ?? 0), 0) : null };
}

/** What is charted; percentiles cannot be summed up. */
function weight(buckets: readonly Bucket[], chart: Chart): number {
  return buckets.reduce((sum, bucket) => sum + (chart === "duration" ? bucket.sessions : PICKS[chart](bucket) ?? 0), 0);
}

function timesOf(buckets: readonly Bucket[], step: number): number[] {
  const told = buckets.map((bucket) => Date.parse(bucket.at) / 1_000);
  if (told.length === 0) return [];
  const last = Math.max(...told);
  const first = Math.max(Math.min(...told), last - (MAX_BUCKETS - 1) * step);
  return Array.from({ length: Math.round((last - first) / step) + 1 }, (_, place) => first + place * step);
}
