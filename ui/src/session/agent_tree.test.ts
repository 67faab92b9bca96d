import { describe, expect, it } from "vitest";
import type { AgentNode, Agents } from "../api/types";
import { branches, hueOf, routes } from "./agent_tree";

const node = (agent_id: string, children: AgentNode[] = []) => ({ agent_id, event_id: agent_id, children }) as unknown as AgentNode;

describe("the tree of agents", () => {
  it("branches from agent to agent", () => {
    const tree = [node("boss", [node("worker", [node("helper")]), node("critic")])];

    expect(branches(tree, new Set()).map((one) => `${one.depth}${one.node.agent_id}`)).toEqual(["0boss", "1worker", "2helper", "1critic"]);
    expect(branches(tree, new Set(["worker"])).map((one) => one.node.agent_id)).toEqual(["boss", "worker", "critic"]);
  });

  it("counts how often control went which way", () => {
    const handoffs = [{ from: "a", to: "b" }, { from: "b", to: "a" }, { from: "a", to: "b" }] as Agents["handoffs"];

    expect(routes(handoffs)).toEqual([{ from: "a", to: "b", times: 2 }, { from: "b", to: "a", times: 1 }]);
  });

  it("gives an agent one colour", () => {
    expect(hueOf("worker")).toBe(hueOf("worker"));
  });
});
