// The live stream: one connection for the whole app, resumed by the browser with Last-Event-ID.

import { useEffect, useSyncExternalStore } from "react";
import type { components } from "./schema";
import type { Session } from "./types";

type Signal = components["schemas"]["Signal"];

export type LiveState = "connecting" | "live" | "offline";
export type LiveEvent =
  | { kind: "created" | "updated"; session: Session }
  | { kind: "removed"; id: string; mergedInto: string | null }
  | { kind: "reset" };
type Listener = (event: LiveEvent) => void;
export type SignalEvent = { kind: "changed"; signal: Signal } | { kind: "removed"; id: string } | { kind: "reset" };
type SignalListener = (event: SignalEvent) => void;

let source: EventSource | null = null;
let state: LiveState = "connecting";
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

function open(): void {
  if (source) return;
  source = new EventSource("/api/v1/live");
  source.onopen = () => setState("live");
  source.onerror = () => setState(source?.readyState === EventSource.CLOSED ? "offline" : "connecting");
  for (const kind of ["created", "updated"] as const) {
    source.addEventListener(`session.${kind}`, (message) =>
      tell({ kind, session: JSON.parse((message as MessageEvent<string>).data) as Session }));
  }
  source.addEventListener("session.removed", (message) => {
    const gone = JSON.parse((message as MessageEvent<string>).data) as { id: string; merged_into: string | null };
    tell({ kind: "removed", id: gone.id, mergedInto: gone.merged_into });
  });
  source.addEventListener("reset", () => tell({ kind: "reset" }));
  hearSignals(source);
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
    open();
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
