// The conversation as it branched from agent to agent, one line an agent's run.

import type { AgentNode, Agents } from "../api/types";

export interface Branch { node: AgentNode; depth: number; children: number }

/** Lines of the tree, those inside closed ones left out; runs of one agent that follow each other stay apart. */
export function branches(tree: readonly AgentNode[], closed: ReadonlySet<string>, depth = 0): Branch[] {
  return tree.flatMap((node) => [
    { node, depth, children: node.children.length },
    ...(closed.has(node.event_id) ? [] : branches(node.children, closed, depth + 1)),
  ]);
}

/** A colour for each agent, the same wherever it is drawn. */
export function hueOf(agentId: string): number {
  let sum = 0;
  for (const letter of agentId) sum = (sum * 31 + letter.codePointAt(0)!) % 360;
  return sum;
}

/** How often control went from whom to whom, the most frequent first. */
export function routes(handoffs: Agents["handoffs"]): { from: string; to: string; times: number }[] {
  const counted = new Map<string, { from: string; to: string; times: number }>();
  for (const { from, to } of handoffs) {
    const route = counted.get(`${from}\n${to}`) ?? { from, to, times: 0 };
    counted.set(`${from}\n${to}`, { ...route, times: route.times + 1 });
  }
  return [...counted.values()].sort((one, other) => other.times - one.times);
}
