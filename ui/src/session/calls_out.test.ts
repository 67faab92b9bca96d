import { describe, expect, it } from "vitest";
import type { Session } from "../api/types";
import { type Call, calledBy, restrictedBy, type Task, taskOf } from "./calls_out";

const at = (second: number) => new Date(second * 1_000).toISOString();
const call = (part: Partial<Call> = {}): Call => ({ callId: "c1", eventId: "e1", at: at(10), durationMs: 5_000, isOpen: false, said: "", ...part });
const child = (key: string, second: number, part: Partial<Session> = {}) => ({ id: `id-of-${key}`, key, started_at: at(second), trigger: { type: "", source: "" }, metadata: {}, ...part }) as unknown as Session;

describe("where a tool call leads", () => {
  it("finds the task that waits for it", () => {
    const tasks = [{ id: "t1", tool_call_id: "c1", event_id: "" }, { id: "t2", tool_call_id: "", event_id: "" }] as Task[];

    expect(taskOf(call(), tasks)?.id).toBe("t1");
    expect(taskOf(call({ callId: "", eventId: "" }), tasks)).toBeUndefined();
    expect(taskOf(call({ callId: "", taskId: "t2" }), tasks)?.id).toBe("t2");
  });

  it("finds the session that it started, and says when that is only inferred", () => {
    const inside = child("inside", 12);
    const later = child("much later", 99);

    expect(calledBy(call(), [inside, later])).toEqual([{ session: inside, isInferred: true }]);
    expect(calledBy(call({ said: "started much later" }), [inside, later])).toEqual([{ session: later, isInferred: false }]);
    expect(calledBy(call({ durationMs: null }), [inside])).toEqual([]);
  });
});

describe("called sessions that this person may not look into", () => {
  const hidden = { is_restricted: true as const, agent_id: "helper", status: "completed" as const, duration_ms: 5, called_by: ["e1"] };

  it("stand at the call that the server names, and lead nowhere", () => {
    expect(restrictedBy(call(), [hidden, child("open", 12)])).toEqual([hidden]);
    expect(restrictedBy(call({ eventId: "e2" }), [hidden])).toEqual([]);
    expect(calledBy(call(), [hidden])).toEqual([]);
  });
});
