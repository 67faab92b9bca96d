// The conversation as it is drawn: what was said, with what was asked of the session between it.

import type { ConversationItem, EventRow } from "../api/types";

export type Show = "all" | "reasoning" | "tools";
export type Drawn = { kind: "said"; id: string; at: string; item: ConversationItem } | { kind: "control"; id: string; at: string; row: EventRow };

/** Items and control entries in order of time. What is later than the last item is left for when it was read. */
export function woven(items: readonly ConversationItem[], controls: readonly EventRow[], isWhole: boolean): Drawn[] {
  const until = isWhole ? Infinity : Date.parse(items.at(-1)?.at ?? "");
  const said = items.map((item): Drawn => ({ kind: "said", id: item.id, at: item.at, item }));
  const asked = controls.filter((row) => isWhole || Date.parse(row.at) <= until)
    .map((row): Drawn => ({ kind: "control", id: `control:${row.event_id}`, at: row.at, row }));
  const drawn: Drawn[] = [];
  let next = 0;
  for (const one of said) {
    while (next < asked.length && Date.parse(asked[next]!.at) < Date.parse(one.at)) drawn.push(asked[next++]!);
    drawn.push(one);
  }
  return [...drawn, ...asked.slice(next)];
}

/** What an agent thought, or what it did, without the rest. */
export function only(items: readonly ConversationItem[], show: Show): ConversationItem[] {
  if (show === "all") return [...items];
  if (show === "tools") return items.filter((item) => item.kind === "tool_call");
  return items.filter((item) => item.parts.some((part) => part.type === "reasoning"))
    .map((item) => ({ ...item, parts: item.parts.filter((part) => part.type === "reasoning") }));
}

/** What a control entry says: who asked for what, why, and what came of it. */
export function controlWords(row: EventRow): { verb: string; actor: string; reason: string; outcome: string } {
  const text = (name: string) => (typeof row.details[name] === "string" ? row.details[name] : "");
  const status = text("status");
  return { verb: text("verb") || row.name, actor: text("actor"), reason: text("reason"), outcome: status === "applied" ? "" : status };
}
