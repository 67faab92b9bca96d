import { expect, test } from "vitest";
import { badge, goKeys } from "./navigation";

test("g and a letter go to a place, if they come soon after each other", () => {
  const hear = goKeys();

  expect(hear("g", 0)).toBeNull();
  expect(hear("t", 500)?.to).toBe("/tasks");
  expect(hear("t", 600)).toBeNull();
  hear("g", 1_000);
  expect(hear("a", 5_000)).toBeNull();
});

test("another key in between means something else", () => {
  const hear = goKeys();
  hear("g", 0);
  hear("x", 100);

  expect(hear("s", 200)).toBeNull();
});

test("a badge stays small", () => {
  expect([badge(7), badge(99), badge(100)]).toEqual(["7", "99", "99+"]);
});
