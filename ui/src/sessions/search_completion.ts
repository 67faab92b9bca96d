// What the search box offers while somebody types: names of fields, then values of the field.

export interface SearchField { name: string; facet: string; what: string }
/** The prefixes that the server knows. `facet` is "" where values are free text. */
export const SEARCH_FIELDS: readonly SearchField[] = [
  { name: "agent", facet: "agent", what: "who did the work" },
  { name: "status", facet: "status", what: "running, idle, completed, failed …" },
  { name: "model", facet: "model", what: "a model that was called" },
  { name: "env", facet: "environment", what: "environment" },
  { name: "channel", facet: "channel", what: "where it was spoken to" },
  { name: "service", facet: "service", what: "service that sent it" },
  { name: "origin", facet: "origin", what: "origin" },
  { name: "kind", facet: "kind", what: "conversation, run or observed" },
  { name: "trigger", facet: "trigger_type", what: "manual, schedule, api, event …" },
  { name: "source", facet: "source", what: "person, trigger, agent or workflow" },
  { name: "user", facet: "user", what: "user" },
  { name: "key", facet: "", what: "part of the key" },
  { name: "goal", facet: "", what: "part of the goal" },
  { name: "text", facet: "", what: "only in what was said" },
];

export interface Completion { kind: "field" | "value"; field: SearchField | undefined; typed: string; from: number; to: number }

/** What is being typed at the caret; null where nothing can be offered. */
export function completionAt(text: string, caret: number): Completion | null {
  const before = text.slice(0, caret);
  const from = before.search(/(?:\w+:"[^"]*|\S+)$/);
  if (from < 0) return null;
  const rest = text.slice(caret);
  const to = caret + (/^[^\s"]*/.exec(rest)?.[0].length ?? 0);
  const token = text.slice(from, caret);
  const split = /^(\w+):"?(.*)$/.exec(token);
  if (!split) return SEARCH_FIELDS.some((field) => field.name.startsWith(token.toLowerCase())) ? { kind: "field", field: undefined, typed: token.toLowerCase(), from, to } : null;
  const field = SEARCH_FIELDS.find((one) => one.name === split[1]?.toLowerCase());
  return field?.facet ? { kind: "value", field, typed: split[2] ?? "", from, to } : null;
}

export function fieldsFor(completion: Completion): readonly SearchField[] {
  return SEARCH_FIELDS.filter((field) => field.name.startsWith(completion.typed));
}

/** Whether what is typed can only become this one value; Enter takes it without being pointed at it. */
export function isSole(completion: Completion, values: readonly string[]): boolean {
  const begun = completion.typed.toLowerCase();
  return completion.kind === "value" && begun !== "" && values.length === 1 && values.every((value) => value.toLowerCase().startsWith(begun));
}

/** The text with what was chosen in place of what was typed. A field waits for its value, a value is done. */
export function completed(text: string, completion: Completion, chosen: string): { text: string; caret: number } {
  const quoted = /[\s"]/.test(chosen) ? `"${chosen.replaceAll('"', "")}"` : chosen;
  const token = completion.kind === "field" ? `${chosen}:` : `${completion.field?.name ?? ""}:${quoted} `;
  const after = text.slice(completion.to).replace(/^"?\s*/, "");
  return { text: text.slice(0, completion.from) + token + after, caret: completion.from + token.length };
}
