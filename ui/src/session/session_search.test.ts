import { describe, expect, it } from "vitest";
import { changed, readSessionSearch } from "./session_search";

describe("the session page's URL", () => {
  it("keeps what it knows and drops the rest", () => {
    expect(readSessionSearch({ tab: "timeline", mode: "tree", type: "llm_call", event: 4711, nonsense: 1 })).toEqual(
      { tab: "timeline", mode: "tree", type: ["llm_call"], event: "4711" });
    expect(readSessionSearch({ tab: "nowhere", mode: "", q: "" })).toEqual({});
  });

  it("loses what is taken back", () => {
    expect(changed({ tab: "timeline", q: "a", type: ["x"] }, { q: "", type: [], event: "e" })).toEqual({ tab: "timeline", event: "e" });
  });
});
