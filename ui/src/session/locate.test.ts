import { describe, expect, it } from "vitest";
import type { EventRow } from "../api/types";
import { locate } from "./locate";

const at = (second: number) => new Date(second * 1_000).toISOString();
const rows = Array.from({ length: 95 }, (_, place) => ({ event_id: `e${place}`, at: at(Math.floor(place / 3)) }) as EventRow);
const read = (number: number) => Promise.resolve(rows.slice(number * 10, number * 10 + 10));

describe("finding a row", () => {
  it("finds the event itself, however many share its moment", async () => {
    for (const place of [0, 9, 10, 29, 30, 31, 94]) {
      expect(await locate(rows[place]!.at, `e${place}`, 95, 10, read)).toBe(place);
    }
  });

  it("finds the first row at a time", async () => {
    expect(await locate(at(10), "", 95, 10, read)).toBe(30);
    expect(await locate(at(9_999), "", 95, 10, read)).toBeGreaterThanOrEqual(90);
  });

  it("guesses well where events are spread evenly", async () => {
    const numbers: number[] = [];
    const whole = { from: 0, to: 32_000 };
    expect(await locate(at(20), "e60", 95, 10, (number) => { numbers.push(number); return read(number); }, whole)).toBe(60);
    expect(new Set(numbers).size).toBeLessThan(4);
    for (const place of [0, 9, 10, 29, 30, 31, 94]) expect(await locate(rows[place]!.at, `e${place}`, 95, 10, read, whole)).toBe(place);
  });

  it("reads only a few windows", async () => {
    let reads = 0;
    await locate(at(20), "", 95, 10, (number) => { reads += 1; return read(number); });
    expect(reads).toBeLessThan(7);
  });
});
