import { useEffect, useState } from "react";

const TICK_MS = 20_000;

/** The time, often enough for words like "2 min ago"; nothing is fetched. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const tick = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(tick);
  }, []);
  return now;
}
