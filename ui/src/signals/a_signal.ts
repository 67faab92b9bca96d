// A signal for tests.

import type { Signal } from "./signal_rows";

export function aSignal(part: Partial<Signal> = {}): Signal {
  return {
    id: "s", session_id: "id", session_key: "key", agent_id: "agent", type: "alert", subtype: "stuck", message: "It is stuck", event_id: "",
    data: {}, policy_id: "", action: "", outcome: "", task_id: "", count: 1, first_at: "2026-03-10T11:00:00Z", last_at: "2026-03-10T11:00:00Z", ...part,
  };
}
