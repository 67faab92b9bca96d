// The conversation as it branched from agent to agent, one line an agent's run.

import type { AgentNode, Agents } from "../api/types";

const SMALLEST_USD = 1e-7; // less is the noise of adding

export interface Branch { node: AgentNode; depth: number; children: number }

/** Lines of the tree, those inside closed ones left out; runs of one agent that follow each other stay apart. */
export function branches(tree: readonly AgentNode[], closed: ReadonlySet<string>, depth = 0): Branch[] {
  return tree.flatMap((node) => [
    { node, depth, children: node.children.length },
    ...(closed.has(node.event_id) ? [] : branches(node.children, closed, depth + 1)),
  ]);
}

/** One agent that calls nobody is no tree, however often it begins anew. */
export function isBranching(tree: readonly AgentNode[]): boolean {
  return new Set(tree.map((node) => node.agent_id)).size > 1 || tree.some((node) => node.children.length > 0);
}

export type Participant = Agents["participants"][number];

/** What the session has and none of its agents did, so that the lines add up; null if there is none. */
export function nobodys(list: readonly Participant[], session: { event_count: number; llm_call_count: number; tool_call_count: number; total_tokens: number; cost_usd: number | null }) {
  const rest = (whole: number | null, of: (one: Participant) => number | null) => Math.max(0, (whole ?? 0) - list.reduce((sum, one) => sum + (of(one) ?? 0), 0));
  const usd = rest(session.cost_usd, (one) => one.cost_usd);
  const left = {
    events: rest(session.event_count, (one) => one.event_count), calls: rest(session.llm_call_count, (one) => one.llm_call_count),
    tools: rest(session.tool_call_count, (one) => one.tool_call_count), tokens: rest(session.total_tokens, (one) => one.input_tokens + one.output_tokens),
    usd: usd > SMALLEST_USD ? usd : null,
  };
  return left.events || left.calls || left.tools || left.tokens || left.usd != null ? left : null;
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
