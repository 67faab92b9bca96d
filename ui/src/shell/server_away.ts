// Whether what is on the screen may be old: the browser is offline, or the live stream has been cut for a while.

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type LiveState, useLiveState } from "../api/live";

export type Away = "no" | "offline" | "server" | "stream" | "ended";
const GRACE_MS = 3_000; // a stream that heals within this time is nobody's concern

/** `isHealthy` is what the server said when it was asked whether it is there; null before it was asked. */
export function awayState(isOnline: boolean, live: LiveState, isHealthy: boolean | null): Away {
  if (live === "live" || live === "off") return "no";
  if (!isOnline) return "offline";
  if (isHealthy === null) return "no";
  if (live === "offline") return "ended"; // the browser has given it up
  return isHealthy ? "stream" : "server";
}

export function useAway(): Away {
  const live = useLiveState();
  const isOnline = useOnline();
  const [isHealthy, setHealthy] = useState<boolean | null>(null);
  const wasAway = useRef(false);
  const queries = useQueryClient();

  useEffect(() => {
    if (live !== "live" && live !== "off") {
      let isOver = false;
      const grace = setTimeout(() => void isServerThere().then((isThere) => { if (!isOver) setHealthy(isThere); }), GRACE_MS);
      return () => {
        isOver = true;
        clearTimeout(grace);
      };
    }
    setHealthy(null);
    if (wasAway.current) void queries.invalidateQueries(); // what changed meanwhile
    wasAway.current = false;
    return undefined;
  }, [live, queries]);

  const away = awayState(isOnline, live, isHealthy);
  useEffect(() => { if (away !== "no") wasAway.current = true; }, [away]);
  return away;
}

async function isServerThere(): Promise<boolean> {
  try {
    return (await fetch("/healthz", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

function useOnline(): boolean {
  const [isOnline, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return isOnline;
}
