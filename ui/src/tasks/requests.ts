// What the Work Center asks of the server.

import type { Permission } from "../access/permissions";
import { get, send } from "../api/client";
import type { components } from "../api/schema";

export type Task = components["schemas"]["Task"];
export type TaskList = components["schemas"]["TaskList"];

export function readTask(id: string, signal?: AbortSignal): Promise<Task> {
  return get<Task>(`/tasks/${encodeURIComponent(id)}`, signal);
}

export const claim = (id: string, workspace?: string) => step(id, "claim", undefined, workspace);
export const release = (id: string, workspace?: string) => step(id, "release", undefined, workspace);
export const complete = (id: string, outcome: unknown) => step(id, "complete", { outcome });
export const withdraw = (id: string, reason: string) => step(id, "cancel", { reason });

/** A review is a matter of reviewers. */
export function neededFor(task: Task): Permission {
  return task.kind === "review" ? "sessions.review" : "tasks.complete";
}

function step(id: string, name: string, body?: unknown, workspace?: string): Promise<Task> {
  return send<Task>("POST", `/tasks/${encodeURIComponent(id)}/${name}`, body, workspace);
}
