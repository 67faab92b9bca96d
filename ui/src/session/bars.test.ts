import { describe, expect, it } from "vitest";
import { bar } from "./bars";

const at = (second: number) => new Date(second * 1_000).toISOString();
const whole = { from: 0, to: 100_000 };

describe("bars", () => {
  it("stand where the event was", () => {
    expect(bar(at(25), at(75), whole)).toEqual({ left: 25, width: 50 });
  });

  it("reach to the end while the event is open", () => {
    expect(bar(at(50), null, whole).width).toBeCloseTo(49.65);
  });

  it("stay visible for a moment", () => {
    expect(bar(at(10), at(10), whole).width).toBeGreaterThan(0.3);
  });
});
