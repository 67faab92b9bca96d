import { expect, test } from "vitest";
import { cleaned, feedQuery, readAssessorSearch } from "./assessor_search";

test("a view is read from its URL, and nonsense is passed over", () => {
  expect(readAssessorSearch({ assessor: "new", of: "a1", outcome: "failed" })).toEqual({ assessor: "new", of: "a1", outcome: "failed" });
  expect(readAssessorSearch({ assessor: "", of: 5, outcome: "angry" })).toEqual({});
});

test("the feed is asked for what the view says", () => {
  expect(feedQuery({ of: "a1", outcome: "block", assessor: "a2" }).toString()).toBe("assessor=a1&outcome=block");
  expect(cleaned({ of: undefined, assessor: "a" })).toEqual({ assessor: "a" });
});
