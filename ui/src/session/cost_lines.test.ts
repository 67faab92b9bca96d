import { describe, expect, it } from "vitest";
import { costLines } from "./cost_lines";

const rule = { input_usd_per_mtok: 2, cache_read_usd_per_mtok: 0.5, output_usd_per_mtok: 10 };
const event = (part: object) => ({ input_tokens: 1_000_000, output_tokens: 100_000, cache_read_tokens: 400_000, cache_write_tokens: null, cost_rule: rule, ...part });

describe("a cost, taken apart", () => {
  it("prices what came from the cache by its own rate", () => {
    expect(costLines(event({})).map((line) => [line.what, line.tokens, line.usd])).toEqual([
      ["Input", 600_000, 1.2], ["Read from cache", 400_000, 0.2], ["Output", 100_000, 1]]);
  });

  it("has no lines where the sender told the cost itself", () => {
    expect(costLines(event({ cost_rule: { source: "reported" } }))).toEqual([]);
  });
});
