import { Link } from "@tanstack/react-router";
import { Pill } from "../app/StatusPill";
import type { ConversationItem, EventRow } from "../api/types";
import { clock, count, exact } from "../format";
import { controlWords } from "./conversation_items";
import { Parts, Value } from "./Parts";

type KindWords = Partial<Record<ConversationItem["kind"], string>>;

const WORDS: KindWords = {
  handoff: "Handoff", compaction: "Context compacted", reset: "Conversation reset", error: "Error", guardrail_eval: "Guardrail",
  decision: "Decision", state_change: "State", task: "Task",
};

/** Something that happened between what was said. */
export function Marker({ item, sessionKey }: { item: ConversationItem; sessionKey: string }) {
  const { details } = item;
  const taskId = item.kind === "task" && typeof details.task_id === "string" ? details.task_id : "";
  const why = [details.reason, details.explanation].filter((one) => typeof one === "string" && one).join(" ");
  const hasMore = item.parts.length > 0 || details.context != null;
  return (
    <div className={`marker marker-${item.kind}`} data-testid={`marker-${item.kind}`}>
      <span className="marker-words">
        <b>{WORDS[item.kind] ?? item.kind}</b> {saidOf(item)}{why && item.kind !== "reset" && <span className="none"> because {why}</span>}
        {taskId && <Link to="/tasks/$id" params={{ id: taskId }} data-testid="task-link"> {String(details.name ?? "Open it")}</Link>}
        {taskId && <Pill status={String(details.status ?? "open")} />}
        <time dateTime={item.at} title={exact(item.at)}>{clock(item.at)}</time>
        <Link to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "timeline", event: item.event_id }} aria-label="Open its event" title="Open its event" className="on-hover">↗</Link>
      </span>
      {hasMore && item.kind !== "task" && (
        <details><summary>{item.kind === "compaction" ? "The summary" : item.kind === "handoff" ? "What was passed on" : "More"}</summary>
          {details.context != null && <Value value={details.context} label="Context" />}<Parts parts={item.parts} /></details>
      )}
    </div>
  );
}

function saidOf(item: ConversationItem): string {
  const { details } = item;
  const changed = details.messages_before != null && details.messages_after != null ? `${count(Number(details.messages_before))} → ${count(Number(details.messages_after))} messages` : "";
  const told: KindWords = {
    handoff: `${details.from || item.agent_id || "?"} → ${details.to || "?"}`,
    compaction: details.tokens_before ? `${count(Number(details.tokens_before))} → ${details.tokens_after == null ? "?" : count(Number(details.tokens_after))} tokens` : changed,
    guardrail_eval: [details.guardrail, details.result, typeof details.score === "number" ? details.score : ""].filter((one) => one !== "" && one != null).join(": "),
    decision: String(details.decision ?? ""),
    state_change: details.variable ? `${String(details.variable)}: ${brief(details.old)} → ${brief(details.new)}` : "",
    error: [details.error_type, details.error ?? details.name].filter(Boolean).join(": "),
    reset: ["the agent starts over with no messages", details.actor && `asked by ${String(details.actor)}`, details.reason].filter(Boolean).join(", "),
    task: "",
  };
  return told[item.kind] ?? String(details.reason ?? "");
}

function brief(value: unknown): string {
  const text = value == null ? "nothing" : typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Somebody steered the session. */
export function ControlEntry({ row, inPlace }: { row: EventRow; inPlace: React.ReactNode }) {
  const { verb, actor, reason, outcome } = controlWords(row);
  return (
    <div className="marker marker-control" data-testid="control-entry" data-verb={verb}>
      <span className="marker-words">
        <b>{verb.replace(/^./, (first) => first.toUpperCase())}</b>{actor && <> asked by {actor}</>}{reason && <span className="none">: {reason}</span>}
        {outcome && <Pill status={outcome} />}
        <time dateTime={row.at} title={exact(row.at)}>{clock(row.at)}</time>
        {inPlace}
      </span>
    </div>
  );
}
