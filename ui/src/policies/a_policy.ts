// A policy for tests.

import type { Policy } from "./policy_types";

export function aPolicy(part: Partial<Policy> = {}): Policy {
  return {
    id: "p1", type: "cost_limit", agent_id: "", name: "", condition: { cost_exceeded: 1 }, action: { type: "notify" }, priority: 0, enabled: true,
    source: "api", created_by: "local", created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z", ...part,
  };
}
