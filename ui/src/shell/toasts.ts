// Short news at the edge of the screen. Anybody may call `toast("Paused")` or
// `toast("Archived", { undo: () => unarchive(key) })`; the shell draws them.

export type Tone = "calm" | "ok" | "bad";
export interface ToastOptions {
  tone?: Tone;
  undo?: () => void | Promise<void>;
  detail?: string; // a second, quieter line
  lastsMs?: number;
}
export interface Toast extends ToastOptions { id: number; text: string; tone: Tone }

const LASTS_MS = 5_000;
const LASTS_WITH_UNDO_MS = 10_000;
const LASTS_BAD_MS = 12_000;
const MAX_TOASTS = 4; // older ones make room

let shown: readonly Toast[] = [];
let lastId = 0;
const watchers = new Set<() => void>();
const timers = new Map<number, ReturnType<typeof setTimeout>>();

/** Shows it and returns its id, with which it can be dismissed early. */
export function toast(text: string, options: ToastOptions = {}): number {
  const id = ++lastId;
  set([...shown, { ...options, id, text, tone: options.tone ?? "calm" }]);
  for (const old of shown.slice(0, Math.max(0, shown.length - MAX_TOASTS))) dismiss(old.id);
  resume(id);
  return id;
}

/** What went wrong, in the server's words. */
export function toastError(error: unknown, doing = ""): number {
  const why = error instanceof Error ? error.message : String(error);
  return doing ? toast(doing, { tone: "bad", detail: why }) : toast(why, { tone: "bad" });
}

export function dismiss(id: number): void {
  hold(id);
  set(shown.filter((one) => one.id !== id));
}

/** Under the pointer or the focus nothing runs away. */
export function hold(id: number): void {
  const timer = timers.get(id);
  if (timer !== undefined) clearTimeout(timer);
  timers.delete(id);
}

export function resume(id: number): void {
  hold(id);
  const one = shown.find((other) => other.id === id);
  if (one) timers.set(id, setTimeout(() => dismiss(id), lastsMs(one)));
}

export async function undo(one: Toast): Promise<void> {
  dismiss(one.id);
  try {
    await one.undo?.();
  } catch (error) {
    toastError(error, "It could not be undone");
  }
}

export function watchToasts(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

export function shownToasts(): readonly Toast[] {
  return shown;
}

function lastsMs(one: Toast): number {
  return one.lastsMs ?? (one.tone === "bad" ? LASTS_BAD_MS : one.undo ? LASTS_WITH_UNDO_MS : LASTS_MS);
}

function set(next: readonly Toast[]): void {
  shown = next;
  watchers.forEach((watcher) => watcher());
}
