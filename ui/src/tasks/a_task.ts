// A task for tests.

import type { Task } from "./requests";

export function aTask(part: Partial<Task> = {}): Task {
  return {
    id: "t", session_id: "s", session_key: "key", tool_call_id: "", event_id: "", kind: "question", title: "Which?", instructions: "", form: null,
    assignee: "", group: "", claimed_by: "", claimed_at: null, deadline_at: null, default_outcome: null, status: "open", outcome: null,
    completed_by: "", completed_at: null, created_at: "2026-01-01T00:00:00Z", created_by: "key", source: "", ...part,
  };
}
