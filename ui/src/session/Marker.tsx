import { Link } from "@tanstack/react-router";
import { Pill } from "../app/StatusPill";
import type { ConversationItem, EventRow } from "../api/types";
import { clock, exact } from "../format";
import { controlWords } from "./conversation_items";
import { wordsOf } from "./event_words";
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
        <b>{WORDS[item.kind] ?? item.kind}</b> {wordsOf({ ...item, type: item.kind, name: String(item.details.name ?? "") })}{why && item.kind !== "reset" && item.kind !== "error" && <span className="none"> because {why}</span>}
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
