import { useBlocker } from "@tanstack/react-router";
import { useCallback, useRef } from "react";
import { Confirm } from "../shell/Confirm";

interface Place { pathname: string; search: object }

/** Whether something is typed and not kept. What is told counts at once, for a step that is taken in the same moment too. */
export function useDirty(): [isDirty: () => boolean, tell: (isDirty: boolean) => void] {
  const latest = useRef(false);
  return [useCallback(() => latest.current, []), useCallback((isDirty: boolean) => { latest.current = isDirty; }, [])];
}

/** Asks before something that was typed or prepared is lost. `isLost` says whether a step loses it. */
export function LeaveGuard({ isDirty, isLost, title, words, yes = "Discard" }: { isDirty: () => boolean; isLost: (from: Place, to: Place) => boolean; title: string; words: string; yes?: string }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isDirty() && isLost(current, next),
    enableBeforeUnload: isDirty,
    withResolver: true,
  });
  if (blocker.status !== "blocked") return null;
  return <Confirm title={title} words={words} yes={yes} tone="bad" confirm={blocker.proceed} close={blocker.reset} />;
}
