import { describe, expect, it } from "vitest";
import type { AgentNode, Agents } from "../api/types";
import { branches, hueOf, isBranching, nobodys, type Participant, routes } from "./agent_tree";

const node = (agent_id: string, children: AgentNode[] = []) => ({ agent_id, event_id: agent_id, children }) as unknown as AgentNode;

describe("the tree of agents", () => {
  it("branches from agent to agent", () => {
    const tree = [node("boss", [node("worker", [node("helper")]), node("critic")])];

    expect(branches(tree, new Set()).map((one) => `${one.depth}${one.node.agent_id}`)).toEqual(["0boss", "1worker", "2helper", "1critic"]);
    expect(branches(tree, new Set(["worker"])).map((one) => one.node.agent_id)).toEqual(["boss", "worker", "critic"]);
  });

  it("is no tree if one agent begins again and again", () => {
    expect([isBranching([node("pi"), node("pi")]), isBranching([node("a"), node("b")]), isBranching([node("a", [node("b")])])]).toEqual([false, true, true]);
  });

  it("tells what belongs to no agent, so that the lines add up to the session", () => {
    const one = { event_count: 5, llm_call_count: 1, tool_call_count: 1, input_tokens: 100, output_tokens: 27, cost_usd: 0.1 } as Participant;
    const session = { event_count: 7, llm_call_count: 2, tool_call_count: 1, total_tokens: 265, cost_usd: 0.1 };

    expect(nobodys([one], session)).toEqual({ events: 2, calls: 1, tools: 0, tokens: 138, usd: null });
    expect(nobodys([one], { event_count: 5, llm_call_count: 1, tool_call_count: 1, total_tokens: 127, cost_usd: 0.1 })).toBeNull();
  });

  it("counts how often control went which way", () => {
    const handoffs = [{ from: "a", to: "b" }, { from: "b", to: "a" }, { from: "a", to: "b" }] as Agents["handoffs"];

    expect(routes(handoffs)).toEqual([{ from: "a", to: "b", times: 2 }, { from: "b", to: "a", times: 1 }]);
  });

  it("gives an agent one colour", () => {
    expect(hueOf("worker")).toBe(hueOf("worker"));
  });
});
