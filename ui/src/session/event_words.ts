// What an event says of itself in a few words, where it has no content to show.

import { count } from "../format";

/** A finished tool call has two rows on the timeline, and is one event wherever events are counted. */
export function eventWords(rows: number, events: number): string {
  const word = (number: number, name: string) => `${count(number)} ${name}${number === 1 ? "" : "s"}`;
  return rows > events ? `${word(events, "event")} in ${word(rows, "row")}` : word(rows, "event");
}

interface Told { type: string; name: string; agent_id: string; details: Record<string, unknown> }

export function brief(value: unknown): string {
  const text = value == null ? "nothing" : typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function sized(details: Record<string, unknown>, unit: "tokens" | "messages"): string {
  const before = details[`${unit}_before`];
  const after = details[`${unit}_after`];
  const written = (value: unknown) => (typeof value === "number" ? value.toLocaleString("en-US") : "?");
  return before == null ? "" : `${written(before)} → ${written(after)} ${unit}`;
}

/** "" for what is told by its content: messages, calls of models and tools. */
export function wordsOf({ type, name, agent_id: agentId, details }: Told): string {
  const text = (field: string) => (details[field] == null ? "" : brief(details[field]));
  switch (type) {
    case "handoff":
      return `${text("from") || agentId || "?"} → ${text("to") || "?"}`;
    case "compaction":
      return sized(details, "tokens") || sized(details, "messages");
    case "guardrail_eval":
      return [text("guardrail") || name, text("result"), typeof details.score === "number" ? String(details.score) : ""].filter(Boolean).join(": ");
    case "decision":
      return text("decision");
    case "state_change":
      return details.variable == null ? "" : `${text("variable")}: ${brief(details.old)} → ${brief(details.new)}`;
    case "reset":
      return ["the agent starts over with no messages", details.actor ? `asked by ${text("actor")}` : "", text("reason")].filter(Boolean).join(", ");
    case "error":
      return [text("error_type"), text("error") || name].filter(Boolean).join(": ");
    case "assessment":
      return [text("name") || name, text("label"), text("score")].filter(Boolean).join(": ");
    default:
      return "";
  }
}
