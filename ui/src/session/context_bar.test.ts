import { describe, expect, it } from "vitest";
import { cachedShare, layerBars, sizeOf, slicesOf, unknownPercent } from "./context_bar";

const budget = { system: 50, tools: 0, context: 0, messages: 150 };

describe("the budget bar", () => {
  it("is drawn against the largest call", () => {
    expect(slicesOf(budget, 400)).toEqual([{ kind: "system", tokens: 50, percent: 12.5 }, { kind: "messages", tokens: 150, percent: 37.5 }]);
  });

  it("sizes a call by what was reported, else by its parts", () => {
    expect([sizeOf({ budget, input_tokens: 210 }), sizeOf({ budget, input_tokens: null })]).toEqual([210, 200]);
  });

  it("shows as unknown what nobody told", () => {
    const dark = { system: 0, tools: 0, context: 0, messages: 0 };

    expect([unknownPercent({ budget: dark, input_tokens: 100 }, 400), unknownPercent({ budget, input_tokens: 200 }, 400)]).toEqual([25, 0]);
  });

  it("knows no cache share where none was told", () => {
    expect([cachedShare({ input_tokens: 200, cache_read_tokens: 50 }), cachedShare({ input_tokens: 200, cache_read_tokens: null })]).toEqual([0.25, null]);
  });
});

describe("the pipeline's waterfall", () => {
  it("puts each layer behind the one before", () => {
    const bars = layerBars([
      { name: "trim", duration_ms: 25, messages_in: 40, messages_out: 20 }, { name: "rank", duration_ms: 75, messages_in: null, messages_out: null },
    ], 100);

    expect(bars.map((one) => [one.left, one.width, one.note])).toEqual([[0, 25, "40 → 20 messages"], [25, 75, ""]]);
  });
});
