// What the Work Center asks of the server.

import { errorOf, get } from "../api/client";
import type { components } from "../api/schema";

export type Task = components["schemas"]["Task"];
export type TaskList = components["schemas"]["TaskList"];

/** Until there are logins the server knows one person, by this name. */
export const ME = "local";

export function readTask(id: string, signal?: AbortSignal): Promise<Task> {
  return get<Task>(`/tasks/${encodeURIComponent(id)}`, signal);
}

export const claim = (id: string) => send(id, "claim");
export const release = (id: string) => send(id, "release");
export const complete = (id: string, outcome: unknown) => send(id, "complete", { outcome });
export const withdraw = (id: string, reason: string) => send(id, "cancel", { reason });

async function send(id: string, step: string, body?: unknown): Promise<Task> {
  const response = await fetch(`/api/v1/tasks/${encodeURIComponent(id)}/${step}`, {
    method: "POST",
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw await errorOf(response);
  return (await response.json()) as Task;
}
