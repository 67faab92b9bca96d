// What rules may speak of, for the person who writes one. docs/assessors.md tells the same.

export const TRACE_FIELDS: readonly (readonly [string, string, string])[] = [
  ["text", "text", "Everything that was said in it"],
  ["name", "text", "The name of its root"],
  ["status", "text", "ok, error, pending, …"],
  ["direction", "text", "inlet, response or signal"],
  ["agent_id", "text", "The session's agent"],
  ["session_key", "text", "The session's key"],
  ["cost_usd", "decimal", "What its calls cost"],
  ["input_tokens", "whole", "Tokens that models were given"],
  ["output_tokens", "whole", "Tokens that models gave"],
  ["duration_ms", "decimal", "From its first event to its end"],
  ["event_count", "whole", "Events in it, of at most 400"],
  ["error_count", "whole", "Events that failed"],
  ["events", "list of maps", "type, name, status, agent_id, model, tool_name, error, input, output, details, attributes"],
];

export const RULE_EXAMPLES: readonly (readonly [string, string])[] = [
  ["trace.error_count > 0", "something failed"],
  ["trace.cost_usd > 0.5 || trace.duration_ms > 60000.0", "dear or slow"],
  ["trace.events.exists(e, e.tool_name == 'delete_user')", "a tool was called"],
  ["trace.events.exists(e, e.type == 'llm_call' && e.output.contains('As an AI'))", "a model said something"],
];
