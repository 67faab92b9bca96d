// A policy as a form: its fields come from the server's JSON Schemas of condition and action.

import { type Draft, draftOf, type Fault, read } from "../forms/answers";
import { type Field, fieldOf, reworded } from "../forms/schema_form";
import type { PolicyBody, PolicyForm, PolicyType } from "./policy_types";
import { RUNGS } from "./policy_words";

const MAX_CHARS = 512; // as the server has it
const common = (agents: readonly string[]) => ({
  name: { type: "string", format: "line", title: "Name", description: "Shown where it fires. Without one it is called by its type.", maxLength: MAX_CHARS },
  agent_id: { type: "string", format: "line", title: "Agent", description: "Left empty, it holds for every agent.", maxLength: MAX_CHARS, examples: agents },
  priority: { type: "integer", title: "Priority", description: "Of several policies on the same rung the higher priority wins.", minimum: -1_000_000, maximum: 1_000_000, default: 0 },
});
const WORDS: Record<string, string> = { linear: "By the same step", exponential: "Twice as long each time" };
export const FIRST_TYPE: PolicyType = "cost_limit";

/** Condition and action as two groups, with what every policy has after them. */
export function formOf(forms: readonly PolicyForm[], type: PolicyType, agents: readonly string[] = []): Field | null {
  const form = forms.find((one) => one.type === type);
  if (!form) return null;
  const properties = {
    condition: { title: "It fires when", ...form.condition },
    action: { title: "Then", ...form.action },
    ...common(agents),
  };
  const field = fieldOf({ type: "object", required: ["condition", "action"], properties });
  return reworded(field, (value) => RUNGS[String(value)]?.title ?? WORDS[String(value)] ?? String(value));
}

/** Of a new policy the ladder begins at its gentlest rung. */
export function draftFrom(field: Field, policy: PolicyBody | null): Draft {
  const draft = draftOf(field, policy ?? undefined) as Record<string, Draft>;
  const action = draft.action as Record<string, Draft>;
  return policy === null && "type" in action ? { ...draft, action: { ...action, type: "0" } } : draft;
}

export interface PolicyReading { body: PolicyBody | null; faults: Fault[] }

export function readPolicy(field: Field, draft: Draft, type: PolicyType, enabled: boolean): PolicyReading {
  const { value, faults } = read(field, draft);
  if (faults.length) return { body: null, faults };
  const told = value as Partial<PolicyBody>;
  const body: PolicyBody = {
    type, enabled, name: (told.name ?? "").trim(), agent_id: (told.agent_id ?? "").trim(), priority: told.priority ?? 0,
    condition: told.condition ?? {}, action: told.action ?? {},
  };
  return { body, faults };
}
