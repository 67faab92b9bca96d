// A policy in words: what it is about, when it fires, and what happens then.

import { money } from "../format";
import type { PolicyBody, PolicyType } from "./policy_types";

interface Told { title: string; about: string }

export const TYPES: Record<PolicyType, Told> = {
  cost_limit: { title: "Cost limit", about: "The session has cost more than a sum." },
  step_limit: { title: "Step limit", about: "The session has made many model and tool calls." },
  cost_spike: { title: "Cost spike", about: "A call costs far more than those before it." },
  error_spike: { title: "Error spike", about: "Too many of the latest steps failed." },
  repeated_tool_calls: { title: "Repeated tool calls", about: "The same tool with the same arguments, again and again." },
  no_progress: { title: "No progress", about: "Tool calls that fail, or give what an earlier one gave." },
  condition: { title: "Condition", about: "An expression in CEL over the session." },
  retry: { title: "Retry", about: "The SDK tries a failed call again." },
  fallback: { title: "Fallback", about: "The SDK goes on with another model." },
};

/** The ladder, gentlest first. */
export const RUNGS: Record<string, Told> = {
  notify: { title: "Notify", about: "A signal is shown with the session. Nothing stops." },
  require_approval: { title: "Require approval", about: "The session pauses, and the Work Center asks a person: approved, it goes on; denied, it is canceled." },
  pause: { title: "Pause", about: "The session pauses once the tool calls in flight have ended. Somebody has to resume it." },
  cancel: { title: "Cancel", about: "The session is canceled for good once the tool calls in flight have ended." },
};
export const ENDS = ["cancel", "pause", "require_approval"]; // rungs that stop an agent
const IN_SDK: PolicyType[] = ["retry", "fallback"];

export const isInSdk = (type: PolicyType) => IN_SDK.includes(type);

/** Where it is obeyed, which not everybody expects. */
export function placeWords(type: PolicyType): string {
  return isInSdk(type)
    ? "The SDK obeys it inside the agent's process; the server only tells it."
    : "The server judges every session by it, beside ingest, whatever framework the agent uses.";
}

export function typeTitle(type: string): string {
  return TYPES[type as PolicyType]?.title ?? type;
}

export function policyTitle(policy: { name: string; type: string }): string {
  return policy.name || typeTitle(policy.type);
}

export function agentWords(agentId: string): string {
  return agentId || "every agent";
}

type Words = (condition: Record<string, unknown>) => string;
const WHEN: Record<PolicyType, Words> = {
  cost_limit: ({ cost_exceeded }) => `costs more than ${dollars(cost_exceeded)}`,
  step_limit: ({ steps_exceeded }) => `makes ${number(steps_exceeded, 0)} steps`,
  cost_spike: ({ factor, window }) => `a call costs over ${number(factor, 3)}× the average of ${number(window, 5)} calls`,
  error_spike: ({ rate, window }) => `over ${percent(rate, 0.5)} of ${number(window, 10)} steps fail`,
  repeated_tool_calls: ({ times }) => `the same tool call ${number(times, 3)} times in a row`,
  no_progress: ({ steps }) => `${number(steps, 10)} tool calls in a row bring nothing new`,
  condition: ({ cel }) => String(cel ?? ""),
  retry: ({ on_error }) => failure(on_error),
  fallback: ({ on_error }) => failure(on_error),
};

export function conditionWords(policy: Pick<PolicyBody, "type" | "condition">): string {
  return WHEN[policy.type]?.(policy.condition) ?? JSON.stringify(policy.condition);
}

export function actionWords(policy: Pick<PolicyBody, "type" | "action">): string {
  return outcomeWords(isInSdk(policy.type) ? policy.type : String(policy.action.type ?? "notify"), policy.action);
}

/** Of an outcome: a rung, or retry or fallback with how. "" is nothing. */
export function outcomeWords(type: string, params: Record<string, unknown> = {}): string {
  if (type === "") return "Nothing";
  if (type === "retry") return params.max_retries ? `Retry, up to ${number(params.max_retries, 0)} times` : "Retry";
  if (type === "fallback") return params.fallback_model ? `Go on with ${String(params.fallback_model)}` : "Fallback";
  return RUNGS[type]?.title ?? type;
}

/** How far it goes, for the colour of its word. */
export function toneOf(type: string): "bad" | "warn" | "run" | "calm" {
  return type === "cancel" ? "bad" : ENDS.includes(type) ? "warn" : type === "" ? "calm" : "run";
}

export const CHANGE_WORDS = { created: "created", updated: "changed", deleted: "deleted" } as const;

/** What an update changed, in a line. */
export function changedWords(before: Record<string, unknown> | null, after: Record<string, unknown> | null): string {
  if (!before || !after) return "";
  const names = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  if (names.join() === "is_enabled") return after.is_enabled ? "switched on" : "switched off";
  return names.map((name) => FIELDS[name] ?? name).join(", ");
}

const FIELDS: Record<string, string> = {
  agent_id: "agent", name: "name", condition: "condition", action: "action", priority: "priority", is_enabled: "switched on or off", type: "type",
};
const dollars = (value: unknown) => (typeof value === "number" ? money(value) : "?");
const number = (value: unknown, fallback: number) => String(typeof value === "number" ? value : fallback);
const percent = (value: unknown, fallback: number) => `${Math.round((typeof value === "number" ? value : fallback) * 100)} %`;
const failure = (value: unknown) => (value === false ? "no call has failed" : "a call fails");
