import { describe, expect, it } from "vitest";
import { eventWords, wordsOf } from "./event_words";

const said = (type: string, details: Record<string, unknown>) => wordsOf({ type, name: "n", agent_id: "a", details });

describe("the words of an event", () => {
  it("count a tool call and its result once, and tell that they are two rows", () => {
    expect([eventWords(23, 19), eventWords(1, 1), eventWords(1_673, 1_282), eventWords(0, 0)]).toEqual(
      ["19 events in 23 rows", "1 event", "1,282 events in 1,673 rows", "0 events"]);
  });

  it("say what changed, who took over and what was decided", () => {
    expect(said("state_change", { variable: "stage", old: null, new: { id: 1 } })).toBe('stage: nothing → {"id":1}');
    expect(said("handoff", { to: "billing" })).toBe("a → billing");
    expect(said("guardrail_eval", { guardrail: "pii", result: "passed", score: 0 })).toBe("pii: passed: 0");
    expect(said("compaction", { messages_before: 40, messages_after: 5 })).toBe("40 → 5 messages");
    expect(said("reset", { actor: "ada" })).toBe("the agent starts over with no messages, asked by ada");
  });

  it("say nothing where the content does", () => {
    expect(said("message", {})).toBe("");
  });
});
