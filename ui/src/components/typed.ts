// What somebody types into a search box: shown at once, told when typing pauses.

import { useEffect, useRef, useState } from "react";

const PAUSE_MS = 180;
const ON_ITS_WAY_MS = 2_000; // what was told comes back as the value within this

interface Told { text: string; at: number }

/**
 * The text to show and how to change it. What comes from elsewhere (Back, a link, a button that clears) is taken over;
 * what was told a moment ago and comes back late is not, for somebody has typed on since.
 */
export function useTyped(value: string, tell: (text: string) => void, asTold: (typed: string) => string = same): [string, (typed: string) => void] {
  const [typed, setTyped] = useState(value);
  const told = useRef<Told[]>([{ text: value, at: 0 }]);
  const latest = useRef({ tell, asTold });
  useEffect(() => { latest.current = { tell, asTold }; });
  useEffect(() => {
    const left = stillToCome(told.current, value, performance.now());
    told.current = left ?? [{ text: value, at: 0 }];
    if (!left) setTyped(value);
  }, [value]);
  useEffect(() => {
    const next = latest.current.asTold(typed);
    if (next === told.current.at(-1)?.text) return;
    const pause = setTimeout(() => {
      told.current.push({ text: next, at: performance.now() });
      latest.current.tell(next);
    }, PAUSE_MS);
    return () => clearTimeout(pause);
  }, [typed]);
  return [typed, setTyped];
}

/** What was told from this value on, the value first; null if it was not told lately, nor last. */
export function stillToCome(told: readonly Told[], value: string, now: number): Told[] | null {
  const place = told.findIndex((one, at) => one.text === value && (at === told.length - 1 || now - one.at < ON_ITS_WAY_MS));
  return place < 0 ? null : told.slice(place);
}

function same(typed: string): string {
  return typed;
}
