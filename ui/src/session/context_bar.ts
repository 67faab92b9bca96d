// The budget of a model call as a bar: which part of its input is what.

import type { components } from "../api/schema";

export type ContextCall = components["schemas"]["ContextCall"];
export type Kind = keyof components["schemas"]["ContextBudget"];
export const KINDS: Kind[] = ["system", "tools", "context", "messages"];
export const KIND_WORDS: Record<Kind, string> = { system: "System prompt", tools: "Tools", context: "Context", messages: "Messages" };
export interface Slice { kind: Kind; tokens: number; percent: number }

/** Slices in percent of the largest call, so that calls can be compared with each other. */
export function slicesOf(budget: Record<Kind, number>, largest: number): Slice[] {
  return KINDS.filter((kind) => budget[kind] > 0).map((kind) => ({ kind, tokens: budget[kind], percent: (budget[kind] / Math.max(1, largest)) * 100 }));
}

/** The tokens whose make-up nobody told, in percent of the largest call. */
export function unknownPercent(call: { budget: Record<Kind, number>; input_tokens: number | null }, largest: number): number {
  const known = KINDS.reduce((sum, kind) => sum + call.budget[kind], 0);
  return (Math.max(0, sizeOf(call) - known) / Math.max(1, largest)) * 100;
}

export function sizeOf(call: { budget: Record<Kind, number>; input_tokens: number | null }): number {
  return call.input_tokens ?? KINDS.reduce((sum, kind) => sum + call.budget[kind], 0);
}

/** Which share of the input came from the provider's cache; null if it was not told. */
export function cachedShare(call: { input_tokens: number | null; cache_read_tokens: number | null }): number | null {
  if (call.cache_read_tokens == null || !call.input_tokens) return null;
  return Math.min(1, call.cache_read_tokens / call.input_tokens);
}

export interface LayerBar { name: string; left: number; width: number; ms: number | null; note: string }

/** Layers run one after the other: each bar begins where the one before ended. */
export function layerBars(layers: components["schemas"]["PipelineLayer"][], totalMs: number | null): LayerBar[] {
  const sum = layers.reduce((known, layer) => known + (layer.duration_ms ?? 0), 0);
  const whole = Math.max(sum, totalMs ?? 0) || 1;
  let from = 0;
  return layers.map((layer) => {
    const left = (from / whole) * 100;
    from += layer.duration_ms ?? 0;
    const { messages_in: before, messages_out: after } = layer;
    const note = before == null || after == null ? "" : `${before} → ${after} messages`;
    return { name: layer.name, left, width: ((layer.duration_ms ?? 0) / whole) * 100, ms: layer.duration_ms, note };
  });
}
