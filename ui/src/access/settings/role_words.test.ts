import { expect, test } from "vitest";
import type { Permission } from "../permissions";
import { idle, toggled } from "./role_words";

test("what needs reading is idle until reading is chosen", () => {
  expect(idle(new Set<Permission>(["sessions.page", "sessions.pause", "tasks.complete"]))).toEqual(["sessions.pause"]);
  expect(idle(new Set<Permission>(["sessions.read", "sessions.pause"]))).toEqual([]);
});

test("a choice is switched on and off", () => {
  expect([...toggled(new Set(["a"]), "b")]).toEqual(["a", "b"]);
  expect([...toggled(new Set(["a", "b"]), "a")]).toEqual(["b"]);
});
