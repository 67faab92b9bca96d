// The names that this page has for what the server tells of policies.

import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Policy = Schemas["Policy"];
export type PolicyType = Policy["type"];
export type PolicyForm = Schemas["PolicyTypeForm"];
export type PolicyChange = Schemas["PolicyChange"];
export type Replay = Schemas["ReplayAnswer"];
export type ReplayedDecision = Schemas["ReplayedDecision"];
/** What a person decides of a policy. */
export type PolicyBody = Pick<Policy, "type" | "agent_id" | "name" | "condition" | "action" | "priority" | "enabled">;

export const BODY_NAMES = ["type", "agent_id", "name", "condition", "action", "priority", "enabled"] as const;

export function bodyOf(policy: PolicyBody): PolicyBody {
  return Object.fromEntries(BODY_NAMES.map((name) => [name, policy[name]])) as unknown as PolicyBody;
}

export function isSame(one: unknown, other: unknown): boolean {
  return sorted(one) === sorted(other);
}

/** As JSON, whatever the order of its keys. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (
    one !== null && typeof one === "object" && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one
  ));
}
