// Who I am, as the server tells it, and what follows from it.

import { useQuery } from "@tanstack/react-query";
import { ApiError, onRefusal, toldBy } from "../api/client";
import { aboveAll } from "../api/query_clients";
import type { components } from "../api/schema";
import { ALL, type Asked, DEFAULT } from "../api/workspace";
import type { Permission } from "./permissions";

export type Me = components["schemas"]["Me"];
export type Grant = Me["workspaces"][number];
const KEY = ["me"];

export function useMe(everyMs?: number) {
  return useQuery({
    queryKey: KEY, queryFn: ({ signal }) => readMe(signal), refetchOnWindowFocus: "always", refetchInterval: everyMs ?? false,
  }, aboveAll);
}

async function readMe(signal: AbortSignal): Promise<Me> {
  const response = await fetch("/api/v1/me", { signal });
  if (!response.ok) throw await toldBy(response);
  return (await response.json()) as Me;
}

export function keepMe(me: Me): void {
  aboveAll.setQueryData(KEY, me);
}

export async function askAgainWhoIAm(): Promise<void> {
  await aboveAll.refetchQueries({ queryKey: KEY }, { cancelRefetch: false });
}
onRefusal(() => void askAgainWhoIAm());

export async function logIn(email: string, password: string): Promise<Me> {
  return (await ask("POST", "/api/v1/login", { email, password })).json() as Promise<Me>;
}

export async function logOut(): Promise<void> {
  await ask("POST", "/api/v1/logout");
}

/** Every login of this person ends with it, this one too. */
export async function setPassword(old: string, fresh: string): Promise<void> {
  await ask("PUT", "/api/v1/me/password", { old, new: fresh });
}

async function ask(method: string, address: string, body?: unknown): Promise<Response> {
  const response = await fetch(address, {
    method, ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw await toldBy(response);
  return response;
}

/** The workspace that the server takes when none is named: the default one, else the first by name; "" for somebody who is in none. */
export function homeOf(me: Me): string {
  const ids = me.workspaces.map((grant) => grant.id).sort();
  return ids.includes(DEFAULT) ? DEFAULT : (ids[0] ?? "");
}

/** In one workspace, or in any of them. */
export function mayIn(me: Me, workspace: string, permission: Permission): boolean {
  return me.workspaces.some((grant) => (workspace === ALL || grant.id === workspace) && grant.permissions.includes(permission));
}

export function readable(me: Me): Grant[] {
  return me.workspaces.filter((grant) => grant.permissions.includes("sessions.read"));
}

/** What requests are about while a page shows this workspace. */
export function askedOf(me: Me, shown: string): Asked {
  const home = homeOf(me);
  const reads = readable(me).map((grant) => grant.id);
  return { home, shown, single: shown === ALL && !reads.includes(home) ? (reads[0] ?? home) : home };
}

export function isEnterable(me: Me, workspace: string): boolean {
  return workspace === ALL ? readable(me).length > 0 : me.workspaces.some((grant) => grant.id === workspace);
}

export function nameOf(me: Me, workspace: string): string {
  if (workspace === ALL) return "All workspaces";
  return me.workspaces.find((grant) => grant.id === workspace)?.name || workspace;
}

/** How long somebody must wait who has guessed too often; null of another error. */
export function waitOf(error: unknown): number | null {
  return error instanceof ApiError && error.status === 429 ? (error.retryAfterS ?? 60) : null;
}

export function waitWords(seconds: number): string {
  if (seconds <= 50) return `${Math.ceil(seconds / 10) * 10} seconds`; // it is read out when it changes
  const minutes = Math.ceil(seconds / 60);
  return `${minutes} minute${minutes === 1 ? "" : "s"}`;
}
