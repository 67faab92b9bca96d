import type { RestrictedSession } from "../api/types";
import { Pill } from "../app/StatusPill";
import { duration } from "../format";

/** A called session that this person may not look into: how it went, and nothing that leads there. */
export function RestrictedChip({ session }: { session: RestrictedSession }) {
  return (
    <span className="restricted" title="What it did needs sessions.read_called" data-testid="restricted-session">
      Called session: {session.agent_id || "unnamed"} <Pill status={session.status} /> <span className="none">{duration(session.duration_ms)}</span>
    </span>
  );
}
