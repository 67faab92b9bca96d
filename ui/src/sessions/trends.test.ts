import { describe, expect, it } from "vitest";
import { type Bucket, MAX_LINES, trendOf, widthOf, withoutStragglers } from "./trends";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const bucket = (at: string, more: Partial<Bucket> = {}): Bucket => ({
  at, group: "", sessions: 1, failed: 0, cost_usd: null, p50_ms: 10, p95_ms: 20, input_tokens: 0, output_tokens: 0, ...more,
});

describe("trends", () => {
  it("have buckets that fit the range", () => {
    expect(widthOf({ range: "24h" }, NOW, null)).toBe("hour");
    expect(widthOf({ range: "30d" }, NOW, null)).toBe("day");
    expect(widthOf({}, NOW, NOW - 400 * 86_400_000)).toBe("week");
    expect(widthOf({ from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z" }, NOW, null)).toBe("hour");
  });

  it("count nothing as 0, and measure nothing as a gap", () => {
    const buckets = [bucket("2026-11-18T00:00:00Z"), bucket("2026-11-20T00:00:00Z", { sessions: 3 })];
    expect(trendOf(buckets, "volume", "day", false).lines).toEqual([{ label: "Sessions", values: [1, 0, 3], total: 4 }]);
    expect(trendOf(buckets, "duration", "day", false).lines.map((line) => [line.label, line.values])).toEqual([
      ["p50", [10, null, 10]], ["p95", [20, null, 20]]]);
  });

  it("show the largest groups and sum up the others", () => {
    const buckets = Array.from({ length: 9 }, (_, place) => bucket("2026-11-20T00:00:00Z", { group: `g${place}`, sessions: 9 - place }));
    const { lines } = trendOf(buckets, "volume", "day", true);
    expect(lines).toHaveLength(MAX_LINES);
    expect(lines[0]).toEqual({ label: "g0", values: [9], total: 9 });
    expect(lines.at(-1)).toEqual({ label: "4 others", values: [10], total: 10 });
  });

  it("name sessions that do not tell their group", () => {
    expect(trendOf([bucket("2026-11-20T00:00:00Z")], "volume", "day", true).lines[0]?.label).toBe("not told");
  });

  it("leave out a lone session from long ago, and say so", () => {
    const lone = bucket("2008-01-01T00:00:00Z");
    const recent = [bucket("2026-11-19T00:00:00Z", { sessions: 50 }), bucket("2026-11-20T00:00:00Z", { sessions: 50 })];
    expect(withoutStragglers([lone, ...recent])).toEqual({ kept: recent, left: 1 });
    expect(withoutStragglers(recent).left).toBe(0);
  });

  it("are empty without sessions", () => {
    expect(trendOf([], "cost", "day", false).times).toEqual([]);
  });
});
