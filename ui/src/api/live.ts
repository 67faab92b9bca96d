// The live stream: one connection for the whole app, resumed by the browser with Last-Event-ID.

import { useEffect, useSyncExternalStore } from "react";
import type { Session } from "./types";

export type LiveState = "connecting" | "live" | "offline";
export type LiveEvent =
  | { kind: "created" | "updated"; session: Session }
  | { kind: "removed"; id: string; mergedInto: string | null }
  | { kind: "reset" };
type Listener = (event: LiveEvent) => void;

let source: EventSource | null = null;
let state: LiveState = "connecting";
const listeners = new Set<Listener>();
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
}

export function useLive(listener: Listener): void {
  useEffect(() => {
    open();
    listeners.add(listener);
    return () => void listeners.delete(listener);
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
