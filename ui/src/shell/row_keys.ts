// j and k walk through the rows of a page.

import { useEffect, useRef } from "react";
import { isForApp } from "./shortcuts";

const STEPS: Record<string, number> = { j: 1, k: -1 };
const SETTLED_MS = 500; // a page stands where it was asked to within this, or it never will

/**
 * `at` tells the row where somebody is now and `to` leads to another, which may take a while to be seen:
 * presses that come before count on from what was asked for last, so that a key held down loses no step.
 * `also` are the other keys of the page.
 */
export function useRowKeys(rows: Rows): void {
  const latest = useRef(rows);
  useEffect(() => { latest.current = rows; });
  useEffect(() => {
    let asked: Asked | null = null;
    const press = (event: KeyboardEvent) => {
      if (!isForApp(event)) return;
      const page = latest.current;
      const other = page.also?.[event.key];
      if (other) {
        event.preventDefault();
        other();
      }
      const step = STEPS[event.key];
      if (!step) return;
      const seen = page.at();
      const isPending = asked !== null && asked.from === seen && event.timeStamp - asked.when < SETTLED_MS;
      const next = stepped(page.ids, isPending ? asked?.id : seen, step);
      if (next === undefined) return;
      asked = { id: next, from: seen, when: event.timeStamp };
      page.to(next);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

/** The row a step from this one: the first where nobody is at one yet, the same at an end. */
export function stepped(ids: readonly string[], from: string | undefined, step: number): string | undefined {
  const place = from === undefined ? -1 : ids.indexOf(from);
  return ids[place < 0 ? 0 : Math.min(ids.length - 1, Math.max(0, place + step))];
}

interface Rows { ids: readonly string[]; at: () => string | undefined; to: (id: string) => void; also?: Record<string, () => void> }
interface Asked { id: string; from: string | undefined; when: number }
