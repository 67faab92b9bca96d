// What the server answers (docs: /openapi.json). Text is "" where unknown; times and numbers are null.

export type Status =
  | "pending" | "running" | "idle" | "pausing" | "paused" | "canceling" | "escalated"
  | "completed" | "failed" | "canceled" | "abandoned";

export interface ModelUse {
  model: string; provider: string; calls: number; errors: number; input_tokens: number; output_tokens: number;
  cache_read_tokens: number; cache_write_tokens: number; reasoning_tokens: number; cost_usd: number | null; duration_ms: number;
}

export interface Session {
  id: string; key: string; kind: string; is_derived: boolean; goal: string; agent_id: string; agents: string[];
  channel: string; environment: string; service: string; origin: string; user_id: string;
  trigger: { type: string; source: string }; parent_session_id: string;
  status: Status; status_since: string | null; status_reason: string; status_evidence: "declared" | "inferred";
  attention: string; waiting_on: string; end_reason: string; archived_at: string | null; controllable: boolean;
  started_at: string | null; last_activity_at: string | null; ended_at: string | null; duration_ms: number;
  message_count: number; trace_count: number; event_count: number; llm_call_count: number; tool_call_count: number;
  error_count: number; handoff_count: number; input_tokens: number; output_tokens: number; cache_read_tokens: number;
  cache_write_tokens: number; reasoning_tokens: number; total_tokens: number; cost_usd: number | null;
  unpriced_calls: number; models: ModelUse[]; compactions: number; resets: number;
  metrics: Record<string, number | boolean>; tags: Record<string, unknown>; revision: number;
  match?: { passage: string; role: string; field: string } | null;
}

export interface SessionList { items: Session[]; next_cursor: string | null; total: number }
export interface Overview { sessions: number; running: number; cost_usd: number | null; agents: number; events: number }
export interface Facets { items: { value: string; count: number }[] }

export interface EventRow {
  event_id: string; phase: number; at: string; type: string; name: string; status: string; started_at: string;
  ended_at: string | null; duration_ms: number | null; trace_id: string; parent_event_id: string; conversation_id: string;
  agent_id: string; model_requested: string; model_used: string; provider: string; tool_name: string;
  tool_call_id: string; input_tokens: number | null; output_tokens: number | null; cache_read_tokens: number | null;
  cache_write_tokens: number | null; reasoning_tokens: number | null; cost_usd: number | null; source: string;
  error_type: string; error: string; preview: string; details: Record<string, unknown>; input_count: number;
  output_count: number; pair: { event_id: string; phase: number } | null;
}
export interface EventWindow { items: EventRow[]; total: number; next_cursor: string | null; prev_cursor: string | null }

export type Part = Record<string, unknown> & { type?: string };
export interface Content {
  hash: string; kind: string; role: string; name: string; parts: Part[] | null; value: unknown; text_chars: number;
  truncated: boolean;
}
export interface EventDetail extends EventRow {
  attributes: Record<string, unknown>; scope: string; cost_rule: Record<string, unknown> | null; input: Content[];
  output: Content[]; version: number;
}
export interface BlockRange { hash: string; offset: number; text: string; total_chars: number; next_offset: number | null }

export interface ConversationItem {
  id: string; kind: string; role: string; at: string; agent_id: string; conversation_id: string; event_id: string;
  model: string; parts: Part[]; text_chars: number; truncated: boolean;
  tool: { name: string; call_id: string; arguments: unknown; result: unknown; status: string; duration_ms: number | null } | null;
  details: Record<string, unknown>;
}
export interface Conversation { items: ConversationItem[]; next_cursor: string | null; prev_cursor: string | null; total: number }
