import { describe, expect, it } from "vitest";
import { ApiError } from "../api/client";
import { ALL } from "../api/workspace";
import { aMe } from "./a_me";
import { askedOf, homeOf, isEnterable, mayIn, nameOf, waitOf, waitWords } from "./me";

describe("who I am", () => {
  it("is at home where the server takes me without a name", () => {
    expect(homeOf(aMe({ b: [], default: [], a: [] }))).toBe("default");
    expect(homeOf(aMe({ b: [], a: [] }))).toBe("a");
    expect(homeOf(aMe({}))).toBe("");
  });

  it("may in all workspaces what I may in any", () => {
    const me = aMe({ a: ["sessions.page"], b: ["sessions.read"] });

    expect(mayIn(me, "a", "sessions.read")).toBe(false);
    expect(mayIn(me, ALL, "sessions.read")).toBe(true);
    expect(mayIn(me, "c", "sessions.page")).toBe(false);
  });

  it("asks for single things where I may read", () => {
    const me = aMe({ default: ["sessions.page"], b: ["sessions.read"] });

    expect(askedOf(me, ALL)).toEqual({ home: "default", shown: "*", single: "b" });
    expect(askedOf(me, "b").single).toBe("default");
  });

  it("enters what it is a member of, and all only to read", () => {
    const me = aMe({ a: ["sessions.page"] });

    expect([isEnterable(me, "a"), isEnterable(me, "b"), isEnterable(me, ALL)]).toEqual([true, false, false]);
    expect([nameOf(me, "a"), nameOf(me, "b"), nameOf(me, ALL)]).toEqual(["A", "b", "All workspaces"]);
  });

  it("waits after too many wrong passwords, and says so in round words", () => {
    expect(waitOf(new ApiError(429, "too_many_tries", "", null, 840))).toBe(840);
    expect(waitOf(new ApiError(401, "unauthenticated", ""))).toBeNull();
    expect([waitWords(3), waitWords(41), waitWords(61), waitWords(840)]).toEqual(["10 seconds", "50 seconds", "2 minutes", "14 minutes"]);
  });
});
