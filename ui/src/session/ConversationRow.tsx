import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { Copy } from "../app/States";
import type { ConversationItem } from "../api/types";
import { clock, exact } from "../format";
import { Marker } from "./Marker";
import { Parts } from "./Parts";
import { ToolCard } from "./ToolCard";

interface Props { item: ConversationItem; previous: ConversationItem | undefined; sessionKey: string; isOpenReasoning: boolean }

export const ConversationRow = memo(function ConversationRow({ item, previous, sessionKey, isOpenReasoning }: Props) {
  if (item.kind === "tool_call" && item.tool) return <ToolCard item={item} sessionKey={sessionKey} />;
  if (item.kind !== "message") return <Marker item={item} sessionKey={sessionKey} />;
  const isSame = previous?.kind === "message" && previous.role === item.role && previous.agent_id === item.agent_id;
  const spoken = item.parts.filter((part) => part.type !== "tool_call");
  const text = spoken.map((part) => (typeof part.content === "string" ? part.content : "")).filter(Boolean).join("\n\n");
  const who = item.role === "assistant" ? item.agent_id || "Assistant" : item.role.replace(/^./, (first) => first.toUpperCase());
  return (
    <article className={`message message-${item.role}`} data-testid={`message-${item.role}`} aria-label={who}>
      {!isSame && <header><b>{who}</b>{item.model && item.role === "assistant" && <span className="none">{item.model}</span>}</header>}
      <div className="said">
        <Parts parts={spoken} isPlain={item.role === "system"} isOpenReasoning={isOpenReasoning} />
        {item.truncated && <Link to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "timeline", event: item.event_id }}>The rest of {item.text_chars.toLocaleString("en-US")} characters is in its event</Link>}
      </div>
      <div className="message-side">
        <time dateTime={item.at} title={exact(item.at)} data-testid="message-time">{clock(item.at)}</time>
        <span className="on-hover">
          {text && <Copy text={text} label="Copy the message" />}
          <Link to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "timeline", event: item.event_id }} aria-label="Open its event" title="Open its event">↗</Link>
        </span>
      </div>
    </article>
  );
});
