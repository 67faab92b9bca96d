import { describe, expect, it } from "vitest";
import { ago, count, counted, duration, money, short, UNKNOWN, unpriced } from "./format";

describe("format", () => {
  it("shows an unknown cost as unknown and not as zero", () => {
    expect(money(null)).toBe(UNKNOWN);
    expect(money(0)).toBe("$0");
    expect(money(0.01234)).toBe("$0.0123");
    expect(money(0.00001)).toBe("<$0.0001");
    expect(money(1234.5)).toBe("$1,234.50");
  });

  it("shortens large numbers and writes small ones out", () => {
    expect([short(950), short(12_345), short(57_000_000), count(1_234)]).toEqual(["950", "12.3k", "57M", "1,234"]);
  });

  it("says durations in the two largest units", () => {
    expect([duration(0.4), duration(320), duration(4_200), duration(125_000), duration(7_500_000)]).toEqual(
      ["<1 ms", "320 ms", "4.2 s", "2m 5s", "2h 5m"]);
  });

  it("never rounds up into a number that its unit does not have", () => {
    expect([short(999_400), short(999_950), duration(999.7), duration(9_970), duration(59_700), money(0.99996)]).toEqual(
      ["999k", "1M", "1.0 s", "10 s", "1m 0s", "$1.00"]);
    expect(money(-0.5)).toBe("-$0.50");
  });

  it("counts one as one", () => {
    expect([counted(1, "event"), counted(0, "event"), counted(1_200, "event"), unpriced(1), unpriced(2)]).toEqual(
      ["1 event", "0 events", "1,200 events", "1 call has no known price", "2 calls have no known price"]);
  });

  it("says how long ago", () => {
    const now = Date.parse("2026-01-01T00:10:00Z");
    expect([ago("2026-01-01T00:09:58Z", now), ago("2026-01-01T00:05:00Z", now), ago(null, now)]).toEqual(
      ["just now", "5 min ago", UNKNOWN]);
  });
});
