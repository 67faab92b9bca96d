import { expect, test } from "vitest";
import { stillToCome } from "./typed";

const told = (...texts: string[]) => texts.map((text, place) => ({ text, at: 1_000 + place }));

test("what was told last is what stands", () => {
  expect(stillToCome(told("a", "ab"), "ab", 99_000)).toEqual([{ text: "ab", at: 1_001 }]);
});

test("what was told before and comes back late takes nothing away", () => {
  expect(stillToCome(told("a", "ab"), "a", 1_500)).toEqual(told("a", "ab"));
});

test("a value from elsewhere is taken over", () => {
  expect(stillToCome(told("a", "ab"), "", 1_500)).toBeNull();
});

test("an old value that comes back much later comes from elsewhere", () => {
  expect(stillToCome(told("a", "ab"), "a", 9_000)).toBeNull();
});
