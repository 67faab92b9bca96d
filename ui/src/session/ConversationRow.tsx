import { Link } from "@tanstack/react-router";
import { Pill } from "../app/StatusPill";
import type { ConversationItem } from "../api/types";
import { clock, duration, exact } from "../format";
import { Parts, Value } from "./Parts";

type KindWords = Partial<Record<ConversationItem["kind"], string>>;

interface Props { item: ConversationItem; previous: ConversationItem | undefined; sessionKey: string }

export function ConversationRow({ item, previous, sessionKey }: Props) {
  if (item.kind === "tool_call" && item.tool) return <ToolCard item={item} sessionKey={sessionKey} />;
  if (item.kind !== "message") return <Marker item={item} />;
  const isSame = previous?.kind === "message" && previous.role === item.role && previous.agent_id === item.agent_id;
  const spoken = item.parts.filter((part) => part.type !== "tool_call");
  return (
    <article className={`message message-${item.role}`} data-testid={`message-${item.role}`}>
      {!isSame && (
        <header><b>{item.role === "assistant" ? item.agent_id || "Assistant" : item.role.replace(/^./, (first) => first.toUpperCase())}</b>{item.model && <span className="none">{item.model}</span>}</header>
      )}
      <div className="said">
        <Parts parts={spoken} isPlain={item.role === "user" || item.role === "system"} />
        {item.truncated && <Link to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "timeline", event: item.event_id }}>The rest ({item.text_chars.toLocaleString()} characters) is in its event</Link>}
      </div>
      <time dateTime={item.at} title={exact(item.at)}>{clock(item.at)}</time>
    </article>
  );
}

function ToolCard({ item, sessionKey }: { item: ConversationItem; sessionKey: string }) {
  const tool = item.tool!;
  const given = typeof tool.arguments === "string" ? tool.arguments : JSON.stringify(tool.arguments ?? "");
  return (
    <details className={`tool tool-${tool.status}`} data-testid="tool-card">
      <summary>
        <code>{tool.name || "tool"}</code><span className="brief">{given === '""' ? "" : given}</span>
        {tool.status !== "ok" && <Pill status={tool.status} />}
        {tool.duration_ms != null && <span className="none">{duration(tool.duration_ms)}</span>}
        <time dateTime={item.at} title={exact(item.at)}>{clock(item.at)}</time>
      </summary>
      <Value value={tool.arguments} label="Input" />
      <Value value={tool.result} label="Output" />
      {item.event_id && <Link to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "timeline", event: item.event_id }}>Open its event</Link>}
    </details>
  );
}

const WORDS: KindWords = {
  handoff: "Handoff", compaction: "Context compacted", reset: "Conversation reset", error: "Error", guardrail_eval: "Guardrail",
  decision: "Decision", state_change: "State", task: "Task",
};

function Marker({ item }: { item: ConversationItem }) {
  const details = item.details;
  const told: KindWords = {
    handoff: `${details.from || item.agent_id || "?"} → ${details.to || "?"}`,
    compaction: details.tokens_before ? `${details.tokens_before} → ${details.tokens_after ?? "?"} tokens` : "",
    guardrail_eval: [details.guardrail, details.result].filter(Boolean).join(": "),
    decision: String(details.decision ?? ""),
    state_change: details.variable ? `${String(details.variable)} = ${JSON.stringify(details.new)}` : "",
  };
  const said = told[item.kind] ?? String(details.reason ?? "");
  return (
    <div className={`marker marker-${item.kind}`} data-testid={`marker-${item.kind}`}>
      <span><b>{WORDS[item.kind] ?? item.kind}</b> {said} <time dateTime={item.at} title={exact(item.at)}>{clock(item.at)}</time></span>
      {item.parts.length > 0 && <details><summary>Content</summary><Parts parts={item.parts} /></details>}
    </div>
  );
}
