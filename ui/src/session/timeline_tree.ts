// Events as a tree: what happened inside what.

import type { EventRow } from "../api/types";

export interface Node { row: EventRow; children: Node[] }
export interface Line { row: EventRow; depth: number; inside: number; isClosed: boolean }

/** A finished tool call is one node, though the list has two rows for it. What has no parent here is a root. */
export function forest(rows: readonly EventRow[]): Node[] {
  const nodes = new Map<string, Node>();
  for (const row of rows) {
    if (!nodes.has(row.event_id) || row.phase === 0) nodes.set(row.event_id, { row, children: nodes.get(row.event_id)?.children ?? [] });
  }
  const roots: Node[] = [];
  for (const node of nodes.values()) {
    const parent = nodes.get(node.row.parent_event_id);
    if (parent && parent !== node && !isInside(parent, node, nodes)) parent.children.push(node);
    else roots.push(node);
  }
  return roots;
}

/** Senders have been seen to make circles; one of them must be a root. */
function isInside(inner: Node, outer: Node, nodes: Map<string, Node>): boolean {
  const seen = new Set<string>();
  for (let at: Node | undefined = inner; at && !seen.has(at.row.event_id); at = nodes.get(at.row.parent_event_id)) {
    if (at === outer) return true;
    seen.add(at.row.event_id);
  }
  return false;
}

/** The lines that are seen while some nodes are closed. */
export function linesOf(roots: readonly Node[], closed: ReadonlySet<string>): Line[] {
  const lines: Line[] = [];
  const left = roots.map((node) => ({ node, depth: 0 })).reverse();
  for (let next = left.pop(); next; next = left.pop()) {
    const { node, depth } = next;
    const isClosed = closed.has(node.row.event_id) && node.children.length > 0;
    lines.push({ row: node.row, depth, inside: node.children.length, isClosed });
    if (!isClosed) for (const child of [...node.children].reverse()) left.push({ node: child, depth: depth + 1 });
  }
  return lines;
}

/** Every node that holds something: closing them all leaves the roots. */
export function holders(roots: readonly Node[]): string[] {
  return linesOf(roots, new Set()).filter((line) => line.inside > 0).map((line) => line.row.event_id);
}
