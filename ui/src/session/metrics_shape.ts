// Numbers of the Metrics tab, in the order and words in which they are told.

import type { Metrics } from "../api/types";
import { count, duration, money } from "../format";

export interface Figure { name: string; value: string; more?: string; id: string }

export function figuresOf(metrics: Metrics): Figure[] {
  const { tokens, counts, cost, latency } = metrics;
  const cached = tokens.input_tokens > 0 ? Math.round((tokens.cache_read_tokens / tokens.input_tokens) * 100) : 0;
  return [
    { id: "input-tokens", name: "Input tokens", value: count(tokens.input_tokens), more: cached ? `${cached}% from cache` : "" },
    { id: "output-tokens", name: "Output tokens", value: count(tokens.output_tokens), more: tokens.reasoning_tokens ? `${count(tokens.reasoning_tokens)} reasoning` : "" },
    { id: "cached-tokens", name: "Cached tokens", value: count(tokens.cache_read_tokens), more: tokens.cache_write_tokens ? `${count(tokens.cache_write_tokens)} written` : "" },
    { id: "cost", name: "Cost", value: money(cost.cost_usd), more: cost.unpriced_calls ? `${count(cost.unpriced_calls)} calls without a price` : "" },
    { id: "llm-calls", name: "Model calls", value: count(counts.llm_calls) },
    { id: "tool-calls", name: "Tool calls", value: count(counts.tool_calls) },
    { id: "messages", name: "Messages", value: count(counts.messages) },
    { id: "traces", name: "Traces", value: count(counts.traces) },
    { id: "errors", name: "Errors", value: count(counts.errors) },
    { id: "handoffs", name: "Handoffs", value: count(counts.handoffs) },
    { id: "compactions", name: "Compactions", value: count(counts.compactions) },
    { id: "resets", name: "Resets", value: count(counts.resets) },
    { id: "duration", name: "Duration", value: duration(metrics.duration_ms) },
    { id: "latency", name: "Response, median", value: duration(latency.p50_ms), more: latency.p95_ms == null ? "" : `95% under ${duration(latency.p95_ms)}` },
  ];
}

export function outcomesOf({ outcome }: Metrics): Figure[] {
  const told = Object.entries(outcome.custom).map(([name, value]): Figure => ({ id: name, name: name.replaceAll("_", " "), value: typeof value === "boolean" ? (value ? "yes" : "no") : String(value) }));
  return [
    ...(outcome.goal_completed == null ? [] : [{ id: "goal_completed", name: "Goal completed", value: outcome.goal_completed ? "yes" : "no" }]),
    ...(outcome.score == null ? [] : [{ id: "score", name: "Score", value: String(outcome.score) }]),
    ...told,
  ];
}

export interface TurnBar { traceId: string; at: string; ms: number; first: number | null; height: number; firstHeight: number }

/** Turns as bars against the longest. A turn that is not over has none. */
export function turnBars(turns: Metrics["latency"]["turns"]): TurnBar[] {
  const longest = Math.max(1, ...turns.map((turn) => turn.duration_ms ?? 0));
  return turns.filter((turn) => turn.duration_ms != null).map((turn) => ({
    traceId: turn.trace_id, at: turn.at, ms: turn.duration_ms!, first: turn.ttft_ms,
    height: (turn.duration_ms! / longest) * 100, firstHeight: turn.ttft_ms == null ? 0 : Math.min(100, (turn.ttft_ms / longest) * 100),
  }));
}
