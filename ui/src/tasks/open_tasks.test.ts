import { expect, test } from "vitest";
import type { Session } from "../api/types";
import { mayTouchTasks } from "./open_tasks";

const nothing = () => new Set<string>();
const news = (part: Partial<Session>) => ({ kind: "updated" as const, session: { id: "s", attention: "none", waiting_on: "", ...part } as Session });

test("a session that waits for nobody is no reason to read tasks again", () => {
  expect(mayTouchTasks(news({}), new Set(), nothing)).toBe(false);
  expect(mayTouchTasks(news({ waiting_on: "user" }), new Set(), nothing)).toBe(false);
});

test("one that begins to wait is, and so is the first news after it has waited", () => {
  const waiting = new Set<string>();

  expect(mayTouchTasks(news({ attention: "awaiting_action", waiting_on: "human_task" }), waiting, nothing)).toBe(true);
  expect(mayTouchTasks(news({}), waiting, nothing)).toBe(true);
  expect(mayTouchTasks(news({}), waiting, nothing)).toBe(false);
});

test("a session whose open task is on the screen is, even if it was not heard to wait", () => {
  expect(mayTouchTasks(news({}), new Set(), () => new Set(["s"]))).toBe(true);
});

test("after a gap everything is read again", () => {
  expect(mayTouchTasks({ kind: "reset" }, new Set(), nothing)).toBe(true);
});
