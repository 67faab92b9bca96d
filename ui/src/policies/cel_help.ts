// What conditions may speak of, for the person who writes one. docs/policies.md tells the same.

import type { Session } from "../api/types";

export const SESSION_FIELDS: readonly (readonly [keyof Session, string, string])[] = [
  ["cost_usd", "decimal", "What its priced calls cost; 0.0 if none is known"],
  ["llm_call_count", "whole", "Model calls"],
  ["tool_call_count", "whole", "Tool calls"],
  ["error_count", "whole", "Events that failed"],
  ["handoff_count", "whole", "Handoffs between agents"],
  ["message_count", "whole", "Messages of the conversation"],
  ["total_tokens", "whole", "Tokens in and out"],
  ["input_tokens", "whole", "Tokens that models were given"],
  ["output_tokens", "whole", "Tokens that models gave"],
  ["unpriced_calls", "whole", "Model calls whose price is unknown"],
  ["compactions", "whole", "How often its context was compacted"],
  ["status", "text", "running, idle, paused, completed, failed, …"],
  ["attention", "text", "none, awaiting_action or flagged"],
  ["agent_id", "text", "The agent that it began with"],
  ["agents", "list of text", "All agents that took part"],
  ["goal", "text", "What it is about"],
  ["channel", "text", "Where it came from"],
  ["environment", "text", "For example production"],
  ["user_id", "text", "For whom it runs"],
  ["tags", "list of text", "What senders tagged it with"],
  ["metrics", "map", "Numbers that senders set, by name"],
  ["metadata", "map", "What else senders told, by name"],
];

export const CONDITION_EXAMPLES: readonly (readonly [string, string])[] = [
  ["session.cost_usd > 2.0 && session.error_count >= 3", "dear and failing"],
  ["session.environment == 'production' && session.tool_call_count > 100", "busy where it matters"],
  ["'untrusted' in session.tags", "by a tag"],
  ["has(session.metrics.score) && session.metrics.score < 0.5", "by a number that the agent tells"],
  ["session.total_tokens > 500000", "many tokens"],
];

export const CONDITION_NOTE = "Every field of the session API can be used. Whole numbers and decimals are compared by their value. What cannot be computed of a session does not hold.";
