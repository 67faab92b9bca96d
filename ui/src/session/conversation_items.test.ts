import { describe, expect, it } from "vitest";
import type { ConversationItem, EventRow } from "../api/types";
import { controlWords, only, woven } from "./conversation_items";

const at = (second: number) => new Date(second * 1_000).toISOString();
const item = (id: string, second: number, part: Partial<ConversationItem> = {}) => ({ id, at: at(second), kind: "message", parts: [], ...part }) as unknown as ConversationItem;
const control = (id: string, second: number, details = {}) => ({ event_id: id, at: at(second), name: "pause", details }) as unknown as EventRow;

describe("the conversation", () => {
  it("has control entries where they happened", () => {
    const drawn = woven([item("a", 1), item("b", 5)], [control("p", 3), control("r", 9)], true);

    expect(drawn.map((one) => one.id)).toEqual(["a", "control:p", "b", "control:r"]);
  });

  it("waits with those that lie behind what was read", () => {
    expect(woven([item("a", 1)], [control("p", 3)], false).map((one) => one.id)).toEqual(["a"]);
  });

  it("can be narrowed to reasoning or tool calls", () => {
    const items = [item("a", 1, { parts: [{ type: "reasoning", content: "hm" }, { type: "text", content: "hi" }] }), item("t", 2, { kind: "tool_call" })];

    expect(only(items, "reasoning").map((one) => one.parts.length)).toEqual([1]);
    expect(only(items, "tools").map((one) => one.id)).toEqual(["t"]);
  });

  it("says who asked for what", () => {
    expect(controlWords(control("p", 1, { verb: "pause", actor: "ada", reason: "lunch", status: "applied" }))).toEqual({ verb: "pause", actor: "ada", reason: "lunch", outcome: "" });
    expect(controlWords(control("p", 1, { status: "refused" })).outcome).toBe("refused");
  });
});
