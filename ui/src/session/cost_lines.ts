// A call's cost, taken apart: how many tokens at which rate.

import type { EventDetail } from "../api/types";

export interface CostLine { what: string; tokens: number; rate: number; usd: number }
type Priced = Pick<EventDetail, "input_tokens" | "output_tokens" | "cache_read_tokens" | "cache_write_tokens" | "cost_rule">;

/** Empty if the sender told the cost itself, or the rule has no rates. Input counts cache reads and writes, too. */
export function costLines(event: Priced): CostLine[] {
  const rule = event.cost_rule ?? {};
  const rate = (name: string): number | null => (typeof rule[name] === "number" ? rule[name] : null);
  const read = event.cache_read_tokens ?? 0;
  const written = event.cache_write_tokens ?? 0;
  const input = rate("input_usd_per_mtok");
  const readRate = rate("cache_read_usd_per_mtok");
  const writeRate = rate("cache_write_usd_per_mtok");
  const plain = Math.max(0, (event.input_tokens ?? 0) - (readRate == null ? 0 : read) - (writeRate == null ? 0 : written));
  const lines: [string, number, number | null][] = [
    ["Input", plain, input], ["Read from cache", read, readRate], ["Written to cache", written, writeRate],
    ["Output", event.output_tokens ?? 0, rate("output_usd_per_mtok")],
  ];
  return lines.filter((line): line is [string, number, number] => line[2] != null && line[1] > 0)
    .map(([what, tokens, perMillion]) => ({ what, tokens, rate: perMillion, usd: (tokens * perMillion) / 1e6 }));
}
