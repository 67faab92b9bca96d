// The live stream: one connection for the whole app, resumed by the browser with Last-Event-ID.

import { useEffect, useSyncExternalStore } from "react";
import { refused } from "./client";
import type { components } from "./schema";
import type { Session } from "./types";
import { addressOf } from "./workspace";

type Signal = components["schemas"]["Signal"];

export type LiveState = "connecting" | "live" | "offline" | "off";
export type LiveEvent =
  | { kind: "created" | "updated"; session: Session }
  | { kind: "removed"; id: string; mergedInto: string | null }
  | { kind: "reset" };
type Listener = (event: LiveEvent) => void;
export type SignalEvent = { kind: "changed"; signal: Signal } | { kind: "removed"; id: string } | { kind: "reset" };
type SignalListener = (event: SignalEvent) => void;

let source: EventSource | null = null;
let state: LiveState = "off";
const listeners = new Set<Listener>();
const signalListeners = new Set<SignalListener>();
const watchers = new Set<() => void>();

function setState(next: LiveState): void {
  if (next === state) return;
  state = next;
  watchers.forEach((watcher) => watcher());
}

function tell(event: LiveEvent): void {
  listeners.forEach((listener) => listener(event));
}

/** Follows what happens in this workspace, or in none. */
export function follow(workspace: string | null): void {
  source?.close();
  source = null;
  if (workspace === null) return setState("off");
  setState("connecting");
  const opened = new EventSource(addressOf("/live", workspace));
  source = opened;
  opened.addEventListener("ready", () => setState("live")); // what happens from now on is told; not yet when it opens
  opened.onerror = () => {
    const isOver = opened.readyState === EventSource.CLOSED;
    setState(isOver ? "offline" : "connecting");
    if (isOver) refused(); // a stream cannot tell why: perhaps the login has ended
  };
  for (const kind of ["created", "updated"] as const) {
    opened.addEventListener(`session.${kind}`, (message) =>
      tell({ kind, session: JSON.parse((message as MessageEvent<string>).data) as Session }));
  }
  opened.addEventListener("session.removed", (message) => {
    const gone = JSON.parse((message as MessageEvent<string>).data) as { id: string; merged_into: string | null };
    tell({ kind: "removed", id: gone.id, mergedInto: gone.merged_into });
  });
  opened.addEventListener("reset", () => tell({ kind: "reset" }));
  hearSignals(opened);
}

function hearSignals(from: EventSource): void {
  const tellOf = (event: SignalEvent) => signalListeners.forEach((listener) => listener(event));
  from.addEventListener("signal.changed", (message) =>
    tellOf({ kind: "changed", signal: JSON.parse((message as MessageEvent<string>).data) as Signal }));
  from.addEventListener("signal.removed", (message) =>
    tellOf({ kind: "removed", id: (JSON.parse((message as MessageEvent<string>).data) as { id: string }).id }));
  from.addEventListener("reset", () => tellOf({ kind: "reset" }));
}

export function useLive(listener: Listener): void {
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, [listener]);
}

/** Signals as they fire; for those who show them. */
export function useLiveSignals(listener: SignalListener): void {
  useEffect(() => {
    signalListeners.add(listener);
    return () => void signalListeners.delete(listener);
  }, [listener]);
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}
