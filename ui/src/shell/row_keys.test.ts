import { expect, test } from "vitest";
import { stepped } from "./row_keys";

const IDS = ["a", "b", "c"];

test("the first key leads to the first row, whichever it is", () => {
  expect(stepped(IDS, undefined, 1)).toBe("a");
  expect(stepped(IDS, undefined, -1)).toBe("a");
  expect(stepped(IDS, "gone", 1)).toBe("a");
});

test("a step at an end stays there", () => {
  expect(stepped(IDS, "b", 1)).toBe("c");
  expect(stepped(IDS, "c", 1)).toBe("c");
  expect(stepped(IDS, "a", -1)).toBe("a");
});

test("there is no step among no rows", () => {
  expect(stepped([], "a", 1)).toBeUndefined();
});
