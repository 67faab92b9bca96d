import type { Session } from "../api/types";
import { exact } from "../format";

const TONES: Record<string, string> = {
  running: "run", pending: "run", pausing: "run", canceling: "run", completed: "ok", ok: "ok", failed: "bad", error: "bad",
  escalated: "warn", paused: "warn", waiting: "warn", idle: "calm", canceled: "calm", abandoned: "warn",
};

export function StatusPill({ session }: { session: Session }) {
  const because = [
    session.status_reason && `Because: ${session.status_reason}`,
    session.status_since && `Since: ${exact(session.status_since)}`,
    session.status_evidence === "declared" ? "Declared by the sender" : "Inferred from its events",
  ].filter(Boolean).join("\n");
  return <Pill status={session.status} title={because} />;
}

export function Pill({ status, title }: { status: string; title?: string }) {
  return (
    <span className={`pill pill-${TONES[status] ?? "calm"}`} title={title} data-status={status}>
      <i aria-hidden="true" />{status}
    </span>
  );
}
