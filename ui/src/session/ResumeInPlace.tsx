import { useMayIn } from "../access/AccessContext";
import { whyForbidden } from "../access/permissions";
import type { Session } from "../api/types";
import { useActions, useCommands } from "./useActions";

/** The request that holds the session now, "" if none does. */
export function useHeldBy(session: Session, sessionKey: string): string {
  const commands = useCommands(sessionKey);
  if (!session.allowed_actions.includes("resume")) return "";
  return commands.data?.items.find((command) => command.verb === "pause")?.id ?? "";
}

export function ResumeInPlace({ session, sessionKey }: { session: Session; sessionKey: string }) {
  const { busy, run } = useActions(sessionKey);
  const why = whyForbidden("resume", session, useMayIn());
  return <button type="button" className="button button-primary in-place" disabled={busy !== null || why !== ""} title={why || undefined} data-testid="resume-in-place"
    aria-label={`Resume ${session.goal || session.key}${why && `: ${why}`}`} onClick={() => void run("resume")}>Resume</button>;
}
