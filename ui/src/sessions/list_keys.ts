// The keyboard of the list. What is typed into a field, a menu or a dialog is left alone.

import { useEffect, useRef } from "react";
import type { Shortcut } from "../shell/shortcuts";

export interface ListKeys {
  move: (step: number) => void;
  fold: (isOpen: boolean) => void;
  open: () => void;
  peek: () => void;
  tick: () => void;
  leave: () => void; // Escape: the drawer first, then the selection
  search: () => void;
}

export const LIST_SHORTCUTS: readonly Shortcut[] = [
  ["/", "search"], ["j k ↓ ↑", "next and previous session"], ["Enter", "open it"], ["o", "open it beside the list"], ["x", "select it"],
  ["→ ←", "show and hide the sessions it called"], ["Esc", "close what is beside the list, then clear the selection"],
];
const STEPS: Record<string, number> = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
const LAYERS = '[role="menu"], [role="dialog"], [role="alertdialog"]';

export function useListKeys(keys: ListKeys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented || isElsewhere(event.target)) return;
      if (obey(event, latest.current)) event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

function isElsewhere(target: EventTarget | null): boolean {
  const isTyping = target instanceof HTMLElement && (target.isContentEditable || (/INPUT|TEXTAREA|SELECT/.test(target.tagName) && !isTick(target)));
  const isAside = target instanceof HTMLElement && target.closest("[data-own-keys]") !== null;
  return isTyping || isAside || document.querySelector(LAYERS) !== null;
}

function isTick(target: HTMLElement): boolean {
  return target instanceof HTMLInputElement && target.type === "checkbox";
}

function obey(event: KeyboardEvent, keys: ListKeys): boolean {
  const step = STEPS[event.key];
  const isOnControl = event.target instanceof HTMLElement && event.target.closest("button, a, input") !== null;
  if (step !== undefined) keys.move(step);
  else if (event.key === "ArrowRight" || event.key === "ArrowLeft") keys.fold(event.key === "ArrowRight");
  else if (event.key === "Enter" && !isOnControl) keys.open();
  else if (event.key === "o" || (event.key === " " && !isOnControl)) keys.peek();
  else if (event.key === "x") keys.tick();
  else if (event.key === "Escape") keys.leave();
  else if (event.key === "/") keys.search();
  else return false;
  return true;
}
