// Which keys do what. A page tells its own with useShortcuts; the sheet on ? shows all that hold now.

import { useEffect, useSyncExternalStore } from "react";
import type { Place } from "./navigation";

export type Shortcut = readonly [keys: string, what: string];
export interface Shortcuts { title: string; rows: readonly Shortcut[] }

let told: readonly Shortcuts[] = [];
const watchers = new Set<() => void>();

/** `rows` is a constant outside of the component, or it is told anew with every drawing. */
export function useShortcuts(title: string, rows: readonly Shortcut[]): void {
  useEffect(() => {
    const mine = { title, rows };
    tell([mine, ...told]);
    return () => tell(told.filter((one) => one !== mine));
  }, [title, rows]);
}

/** What holds on every page: of the places only those that this person may open. */
export function everywhere(places: readonly Pick<Place, "key" | "title">[]): Shortcuts {
  return { title: "Everywhere", rows: [...places.map(({ key, title }): Shortcut => [`g ${key}`, title]), ["?", "this sheet"], ["Esc", "close what is open"]] };
}

export function useToldShortcuts(): readonly Shortcuts[] {
  return useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  }, () => told);
}

/** Whether a key is meant for the app: nobody is typing, no dialog or menu is open, nothing else was held down. */
export function isForApp(event: KeyboardEvent): boolean {
  const target = event.target instanceof HTMLElement ? event.target : null;
  const isTyping = target !== null && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable);
  const isElsewhere = document.querySelector("[role=dialog], [role=alertdialog], [role=menu]") !== null;
  return !(isTyping || isElsewhere || event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey);
}

function tell(next: readonly Shortcuts[]): void {
  told = next;
  watchers.forEach((watcher) => watcher());
}
