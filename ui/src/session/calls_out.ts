// Where a tool call leads: the task it waits for, the session it started.

import type { components } from "../api/schema";
import type { CalledSession, RestrictedSession, Session } from "../api/types";

export type Task = components["schemas"]["Task"];
export interface Call { callId: string; eventId: string; at: string; durationMs: number | null; isOpen: boolean; said: string; taskId?: string }
export interface Called { session: Session; isInferred: boolean }

const LATE_MS = 500;   // the called session's first event may be told with another clock

export function taskOf(call: Call, tasks: readonly Task[]): Task | undefined {
  return tasks.find((task) => (call.taskId && task.id === call.taskId)
    || (task.tool_call_id !== "" && task.tool_call_id === call.callId)
    || (task.event_id !== "" && task.event_id === call.eventId));
}

/** Sessions that name the call, or are named in its answer; else those that began while it ran. One that waits for a person runs nothing. */
export function calledBy(call: Call, all: readonly CalledSession[]): Called[] {
  const children = openOf(all);
  const named = children.filter((child) =>
    (call.callId !== "" && (child.trigger.source === call.callId || child.metadata.tool_call_id === call.callId))
    || child.metadata.parent_event_id === call.eventId
    || call.said.includes(child.id) || (child.key.length > 5 && call.said.includes(child.key)));
  if (named.length) return named.map((session) => ({ session, isInferred: false }));
  if (call.durationMs == null && !call.isOpen) return [];
  const from = Date.parse(call.at) - LATE_MS;
  const to = call.isOpen ? Infinity : Date.parse(call.at) + (call.durationMs ?? 0) + LATE_MS;
  return children.filter((child) => {
    const began = Date.parse(child.started_at ?? "");
    return began >= from && began <= to;
  }).map((session) => ({ session, isInferred: true }));
}

/** Those of the called sessions that this person may look into. */
export function openOf(children: readonly CalledSession[]): Session[] {
  return children.filter((child): child is Session => !("is_restricted" in child));
}

/** Those of which only name, status and duration are told: nothing leads to them. */
export function restrictedOf(children: readonly CalledSession[]): RestrictedSession[] {
  return children.filter((child) => "is_restricted" in child);
}

/** The server says which calls started them. */
export function restrictedBy(call: Call, children: readonly CalledSession[]): RestrictedSession[] {
  return restrictedOf(children).filter((child) => child.called_by.includes(call.eventId));
}
