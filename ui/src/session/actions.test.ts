import { describe, expect, it } from "vitest";
import type { MayIn } from "../access/permissions";
import type { Session } from "../api/types";
import { buttonsOf, outcomeOf, progressOf, questionOf } from "./actions";

const session = (part: Partial<Session>) => ({
  key: "k", goal: "", status: "running", archived_at: null, allowed_actions: [], refused_actions: {}, tools_in_flight: 0,
  reach: "listening", event_count: 3, ...part,
}) as unknown as Session;

const everything: MayIn = () => true;

describe("the action bar", () => {
  it("offers what is allowed and says why the rest is not", () => {
    const buttons = buttonsOf(session({ allowed_actions: ["pause", "cancel"], refused_actions: { reset: "a session that is running cannot be reset" } }), everything);

    expect(buttons.find((one) => one.action === "pause")?.why).toBe("");
    expect(buttons.find((one) => one.action === "reset")?.why).toBe("Not now: a session that is running cannot be reset");
  });

  it("shows Resume in the place of Pause while a session is held", () => {
    const shown = buttonsOf(session({ status: "paused", allowed_actions: ["resume"] }), everything).map((one) => one.action);

    expect(shown).toContain("resume");
    expect(shown).not.toContain("pause");
  });

  it("names the permission that this person has not", () => {
    const onlyPause: MayIn = (_, permission) => permission === "sessions.pause";
    const buttons = buttonsOf(session({ allowed_actions: ["pause", "cancel"] }), onlyPause);

    expect(buttons.find((one) => one.action === "pause")?.why).toBe("");
    expect(buttons.find((one) => one.action === "cancel")?.why).toBe("needs sessions.cancel");
    expect(buttons.find((one) => one.action === "delete")?.why).toBe("needs sessions.delete");
  });

  it("asks before what cannot be taken back, and only then", () => {
    expect(questionOf("delete", session({}))?.says.join()).toContain("cannot be undone");
    expect(questionOf("pause", session({}))).toBeNull();
  });

  it("tells what it waits for", () => {
    expect(progressOf(session({ status: "pausing", tools_in_flight: 2 }), [])).toBe("Pausing… waiting for the agent to finish 2 tool calls");
    expect(progressOf(session({ status: "canceling", reach: "lost" }), [])).toContain("does not answer");
    expect(progressOf(session({ status: "idle" }), [{ verb: "reset", status: "delivered", detail: {} }])).toBe("Resetting… waiting for the agent");
    expect(progressOf(session({}), [])).toBe("");
  });

  it("tells what came of it", () => {
    expect(outcomeOf({ verb: "compact", status: "applied", detail: { messages_before: 40, messages_after: 5 } }).detail).toBe("40 messages became 5");
    expect(outcomeOf({ verb: "reset", status: "refused", detail: { reason: "it has ended" } })).toEqual({ text: "Reset was refused", detail: "it has ended", isBad: true });
  });
});
