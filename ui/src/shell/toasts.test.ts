import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dismiss, hold, resume, shownToasts, toast, toastError, undo } from "./toasts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  shownToasts().forEach((one) => dismiss(one.id));
  vi.useRealTimers();
});

const texts = () => shownToasts().map((one) => one.text);

test("a toast goes by itself", () => {
  toast("Paused");
  expect(texts()).toEqual(["Paused"]);

  vi.advanceTimersByTime(5_000);

  expect(texts()).toEqual([]);
});

test("one that can be undone, and one that tells of a fault, stay longer", () => {
  toast("Archived", { undo: () => undefined });
  toastError(new Error("not allowed"), "It was not paused");

  vi.advanceTimersByTime(9_000);

  expect(texts()).toEqual(["Archived", "It was not paused"]);
  expect(shownToasts()[1]?.detail).toBe("not allowed");
});

test("it stays while it is held", () => {
  const id = toast("Paused");
  hold(id);
  vi.advanceTimersByTime(60_000);
  expect(texts()).toEqual(["Paused"]);

  resume(id);
  vi.advanceTimersByTime(5_000);

  expect(texts()).toEqual([]);
});

test("the oldest make room", () => {
  ["a", "b", "c", "d", "e"].forEach((text) => toast(text));

  expect(texts()).toEqual(["b", "c", "d", "e"]);
});

test("undo runs once and tells if it failed", async () => {
  toast("Deleted", { undo: () => Promise.reject(new Error("gone for good")) });

  await undo(shownToasts()[0]!);

  expect(texts()).toEqual(["It could not be undone"]);
});
