// One way to ask the server; its errors keep their code and message.

import { addressOf } from "./workspace";

export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly details: unknown = null, readonly retryAfterS: number | null = null) {
    super(message);
  }
}

export async function get<Answer>(path: string, signal?: AbortSignal, workspace?: string): Promise<Answer> {
  const response = await fetch(addressOf(path, workspace), signal ? { signal } : {});
  if (!response.ok) throw await errorOf(response);
  return (await response.json()) as Answer;
}

export async function send<Answer>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown, workspace?: string): Promise<Answer> {
  const response = await fetch(addressOf(path, workspace), {
    method, ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw await errorOf(response);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

export async function errorOf(response: Response): Promise<ApiError> {
  if (response.status === 401 || response.status === 403) refused();
  return toldBy(response);
}

export async function toldBy(response: Response): Promise<ApiError> {
  const told = (await response.json().catch(() => null)) as { code?: string; message?: string; details?: unknown } | null;
  const retryAfterS = Number(response.headers.get("retry-after")) || null;
  return new ApiError(response.status, told?.code ?? "error", told?.message ?? `The server answered ${response.status}.`, told?.details, retryAfterS);
}

/** What the server says is missing; none if it was refused for another reason. */
export function neededBy(error: unknown): string[] {
  if (!(error instanceof ApiError) || error.status !== 403) return [];
  const needs = (error.details as { needs?: unknown } | null)?.needs;
  return Array.isArray(needs) ? needs.map(String) : [];
}

/** A key may hold colons and slashes; a path step may not. */
export function sessionPath(key: string): string {
  return `/sessions/${encodeURIComponent(key)}`;
}

let hear: () => void = () => undefined;

/** Who we are may have changed: a login has ended, or a permission was taken away. */
export function onRefusal(listener: () => void): void {
  hear = listener;
}

export function refused(): void {
  hear();
}
