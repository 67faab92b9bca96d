// A line of the audit, in words.

import type { PolicyChange, PolicyType } from "./policy_types";
import { actionWords, agentWords, conditionWords, policyTitle, typeTitle } from "./policy_words";

export function changeTitle(change: PolicyChange): string {
  const state = change.after ?? change.before ?? {};
  return policyTitle({ name: String(state.name ?? ""), type: change.policy_type });
}

/** What a policy said, by the names that the page has for it. */
export function stateWords(state: Record<string, unknown> | null): Record<string, unknown> {
  if (!state) return {};
  const type = String(state.type) as PolicyType;
  const condition = (state.condition ?? {}) as Record<string, unknown>;
  const action = (state.action ?? {}) as Record<string, unknown>;
  return {
    Name: state.name ?? "", Type: typeTitle(type), Agent: agentWords(String(state.agent_id ?? "")),
    "It fires when": conditionWords({ type, condition }), Then: actionWords({ type, action }), ...rest("Condition", condition), ...rest("Action", action),
    Priority: state.priority ?? 0, On: state.is_enabled === false ? "no" : "yes",
  };
}

/** Everything as it was kept, if words may leave something out. */
function rest(title: string, part: Record<string, unknown>): Record<string, unknown> {
  return Object.keys(part).length > 1 ? { [title]: part } : {};
}
