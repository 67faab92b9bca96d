import { describe, expect, it } from "vitest";
import { highlighted, searchedWords } from "./passage";

describe("the matching passage", () => {
  it("knows which words of a query are searched in text", () => {
    expect(searchedWords('agent:planner refund text:order status:"in x"')).toBe("refund order");
  });

  it("tells the searched words apart, whatever they hold", () => {
    expect(highlighted("A (refund) for you", "(Refund) you")).toEqual([
      { text: "A ", isMatch: false }, { text: "(refund)", isMatch: true }, { text: " for ", isMatch: false }, { text: "you", isMatch: true }]);
    expect(highlighted("plain", "")).toEqual([{ text: "plain", isMatch: false }]);
  });

  it("begins shortly before the first match", () => {
    const pieces = highlighted(`${"word ".repeat(30)}refund done`, "refund");
    expect(pieces[0]?.text.startsWith("…")).toBe(true);
    expect(pieces[0]?.text.length).toBeLessThan(30);
    expect(pieces[1]).toEqual({ text: "refund", isMatch: true });
  });
});
