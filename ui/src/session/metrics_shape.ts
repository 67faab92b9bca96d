// Numbers of the Metrics tab, in the order and words in which they are told.

import type { Metrics } from "../api/types";
import { count, counted, duration, money } from "../format";

const SMALLEST_USD = 1e-7; // less is the noise of adding

export interface Figure { name: string; value: string; more?: string; id: string }

export function figuresOf(metrics: Metrics): Figure[] {
  const { tokens, counts, cost, latency } = metrics;
  const cached = tokens.input_tokens > 0 ? Math.round((tokens.cache_read_tokens / tokens.input_tokens) * 100) : 0;
  return [
    { id: "input-tokens", name: "Input tokens", value: count(tokens.input_tokens), more: cached ? `${cached}% from cache` : "" },
    { id: "output-tokens", name: "Output tokens", value: count(tokens.output_tokens), more: tokens.reasoning_tokens ? `${count(tokens.reasoning_tokens)} reasoning` : "" },
    { id: "cached-tokens", name: "Cached tokens", value: count(tokens.cache_read_tokens), more: tokens.cache_write_tokens ? `${count(tokens.cache_write_tokens)} written` : "" },
    { id: "cost", name: "Cost", value: money(cost.cost_usd), more: cost.unpriced_calls ? `${counted(cost.unpriced_calls, "call")} without a price` : "" },
    { id: "llm-calls", name: "Model calls", value: count(counts.llm_calls) },
    { id: "tool-calls", name: "Tool calls", value: count(counts.tool_calls) },
    { id: "messages", name: "Messages", value: count(counts.messages) },
    { id: "traces", name: "Traces", value: count(counts.traces) },
    { id: "errors", name: "Errors", value: count(counts.errors) },
    { id: "handoffs", name: "Handoffs", value: count(counts.handoffs), more: counts.handoffs ? "" : "told as events" },
    { id: "compactions", name: "Compactions", value: count(counts.compactions) },
    { id: "resets", name: "Resets", value: count(counts.resets) },
    { id: "duration", name: "Duration", value: duration(metrics.duration_ms) },
    { id: "latency", name: "Response, median", value: duration(latency.p50_ms), more: latency.p95_ms == null ? "" : `95% under ${duration(latency.p95_ms)}` },
  ];
}

export const UNNAMED = "model not named";

/** What each model used; what no model is named for stands last, so that the lines add up to the session. */
export function modelsOf({ models, counts, tokens, cost }: Pick<Metrics, "models" | "counts" | "tokens" | "cost">): Metrics["models"] {
  const rest = (whole: number | null, of: (use: Metrics["models"][number]) => number | null) => (whole ?? 0) - models.reduce((sum, use) => sum + (of(use) ?? 0), 0);
  const calls = Math.max(0, rest(counts.llm_calls, (use) => use.calls));
  const input = Math.max(0, rest(tokens.input_tokens, (use) => use.input_tokens));
  const output = Math.max(0, rest(tokens.output_tokens, (use) => use.output_tokens));
  const usd = rest(cost.cost_usd, (use) => use.cost_usd);
  const isPriced = usd > SMALLEST_USD;
  if (!calls && !input && !output && !isPriced) return models;
  return [...models, {
    model: UNNAMED, provider: "", calls, errors: 0, input_tokens: input, output_tokens: output,
    cache_read_tokens: Math.max(0, rest(tokens.cache_read_tokens, (use) => use.cache_read_tokens)),
    cache_write_tokens: Math.max(0, rest(tokens.cache_write_tokens, (use) => use.cache_write_tokens)),
    reasoning_tokens: Math.max(0, rest(tokens.reasoning_tokens, (use) => use.reasoning_tokens)),
    cost_usd: isPriced ? usd : null, duration_ms: 0,
  }];
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
