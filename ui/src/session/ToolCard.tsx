import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Pill } from "../app/StatusPill";
import type { ConversationItem } from "../api/types";
import { clock, duration, exact } from "../format";
import { CallsOut } from "./CallsOut";
import { Value } from "./Parts";
import { NO_RESULT, useSettled } from "./settled_status";

const WORDS: Record<string, string> = { pending: "running", waiting: "waiting", canceled: "canceled", error: "failed", [NO_RESULT]: "The session is over, and nothing tells how this call ended" };

/** A tool call with what it was given and what it answered. */
export function ToolCard({ item, sessionKey }: { item: ConversationItem; sessionKey: string }) {
  const [isOpen, setOpen] = useState(false);
  const tool = item.tool!;
  const given = typeof tool.arguments === "string" ? tool.arguments : JSON.stringify(tool.arguments ?? "");
  const said = typeof tool.result === "string" ? tool.result : JSON.stringify(tool.result ?? "");
  const status = useSettled(tool.status);
  const isRunning = status === "pending" || status === "waiting";
  const error = [item.details.error_type, item.details.error].filter(Boolean).join(": ");
  return (
    <div className={`tool tool-${tool.status}`} data-testid="tool-card" data-status={tool.status}>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <code>{tool.name || "tool"}</code><span className="brief">{given === '""' ? "" : given.slice(0, 300)}</span>
          {tool.status !== "ok" && <span title={WORDS[status]}><Pill status={status} /></span>}
          {tool.duration_ms != null && !isRunning && <span className="none">{duration(tool.duration_ms)}</span>}
          <time dateTime={item.at} title={exact(item.at)}>{clock(item.at)}</time>
        </summary>
        {isOpen && (
          <>
            {error && <p className="error-text">{error}</p>}
            <Value value={tool.arguments} label="Input" />
            {tool.result == null || tool.result === "" ? <p className="none">{isRunning ? "No output yet." : status === NO_RESULT ? "The session ended without an output of this call." : "Output: nothing."}</p> : <Value value={tool.result} label="Output" />}
            {item.event_id && <Link to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "timeline", event: item.event_id }}>Open its event</Link>}
          </>
        )}
      </details>
      <CallsOut sessionKey={sessionKey} call={{ callId: tool.call_id, eventId: item.event_id, at: item.at, durationMs: isRunning ? null : tool.duration_ms, isOpen: status === "pending", said: said.slice(0, 20_000) }} />
    </div>
  );
}
