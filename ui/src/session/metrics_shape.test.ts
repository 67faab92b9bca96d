import { describe, expect, it } from "vitest";
import type { Metrics } from "../api/types";
import { figuresOf, modelsOf, outcomesOf, turnBars, UNNAMED } from "./metrics_shape";

const metrics = {
  tokens: { input_tokens: 1_000, output_tokens: 50, cache_read_tokens: 250, cache_write_tokens: 0, reasoning_tokens: 7, total_tokens: 1_050 },
  cost: { cost_usd: null, unpriced_calls: 2, reported_usd: 0, computed_usd: 0 },
  counts: { messages: 3, traces: 1, events: 9, llm_calls: 2, tool_calls: 4, errors: 0, handoffs: 0, compactions: 1, resets: 2 },
  latency: { p50_ms: 900, p95_ms: 1_000, max_ms: 1_000, turns: [] }, duration_ms: 5_000, models: [], tools: [],
  outcome: { goal_completed: true, score: null, custom: { retries: 2 } },
} as Metrics;
const figure = (id: string) => figuresOf(metrics).find((one) => one.id === id);

describe("the figures of a session", () => {
  it("tell what came from the cache, and that a cost is not known", () => {
    expect(figure("input-tokens")).toMatchObject({ value: "1,000", more: "25% from cache" });
    expect(figure("cost")).toMatchObject({ value: "—", more: "2 calls without a price" });
    expect([figure("compactions")?.value, figure("resets")?.value]).toEqual(["1", "2"]);
  });

  it("tell the outcome only if somebody did", () => {
    expect(outcomesOf(metrics).map((one) => [one.name, one.value])).toEqual([["Goal completed", "yes"], ["retries", "2"]]);
  });

  it("add up model by model, also where a model is not named", () => {
    const use = { model: "a", provider: "", calls: 1, errors: 0, input_tokens: 400, output_tokens: 50, cache_read_tokens: 250, cache_write_tokens: 0, reasoning_tokens: 7, cost_usd: 0.1, duration_ms: 5 };
    const told = { ...metrics, models: [use], cost: { ...metrics.cost, cost_usd: 0.3 } };

    expect(modelsOf(told).map((one) => [one.model, one.calls, one.input_tokens, one.output_tokens])).toEqual([["a", 1, 400, 50], [UNNAMED, 1, 600, 0]]);
    expect(modelsOf(told)[1]?.cost_usd).toBeCloseTo(0.2);
    expect(modelsOf({ ...told, models: [{ ...use, calls: 2, input_tokens: 1_000, cost_usd: 0.3 }] })).toHaveLength(1);
  });

  it("draw turns against the longest and leave out those that are not over", () => {
    const turns = [{ trace_id: "a", at: "", duration_ms: 50, ttft_ms: 25 }, { trace_id: "b", at: "", duration_ms: 100, ttft_ms: null }, { trace_id: "c", at: "", duration_ms: null, ttft_ms: null }];

    expect(turnBars(turns).map((one) => [one.height, one.firstHeight])).toEqual([[50, 25], [100, 0]]);
  });
});
