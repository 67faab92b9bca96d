// The list with called sessions beneath those that called them: a flat run of rows, whatever the graph looks like.

import type { Session } from "../api/types";

export const MAX_DEPTH = 8;
export interface Children { items: readonly Session[]; hasMore: boolean; isLoading: boolean }
export interface SessionRow {
  kind: "session"; key: string; session: Session; depth: number; hasChildren: boolean; isExpanded: boolean; note: "" | "cycle" | "deep";
}
export interface RestRow { kind: "more" | "loading"; key: string; parent: Session; depth: number }
export type TreeRow = SessionRow | RestRow;

export interface Tree {
  rows: readonly Session[];
  expanded: ReadonlySet<string>; // ids of sessions
  childrenOf: ReadonlyMap<string, Children>;
  parents: ReadonlySet<string>; // sessions known to have called others
}

export function treeRows(tree: Tree): TreeRow[] {
  const found: TreeRow[] = [];
  const hidden = tree.expanded.size ? shownBelow(tree) : new Set<string>();
  for (const session of tree.rows) if (!hidden.has(session.id)) add(found, tree, session, []);
  return found;
}

function add(found: TreeRow[], tree: Tree, session: Session, above: readonly string[]): void {
  const key = [...above, session.id].join("/");
  const depth = above.length;
  const children = tree.childrenOf.get(session.id);
  const isParent = tree.parents.has(session.id) || (children?.items.length ?? 0) > 0;
  const note = above.includes(session.id) ? "cycle" : isParent && depth >= MAX_DEPTH ? "deep" : "";
  const hasChildren = isParent && !note;
  const isExpanded = hasChildren && tree.expanded.has(session.id);
  found.push({ kind: "session", key, session, depth, hasChildren, isExpanded, note });
  if (!isExpanded) return;
  for (const child of children?.items ?? []) add(found, tree, child, [...above, session.id]);
  if (children?.hasMore) found.push({ kind: "more", key: `${key}/+`, parent: session, depth: depth + 1 });
  else if (!children || children.isLoading) found.push({ kind: "loading", key: `${key}/…`, parent: session, depth: depth + 1 });
}

/** Rows that stand beneath their caller are not repeated at the top. In a cycle nobody is beneath anybody. */
function shownBelow({ rows, expanded, childrenOf }: Tree): Set<string> {
  const listed = new Set(rows.map((session) => session.id));
  const callers = new Map<string, string>();
  for (const [parent, children] of childrenOf) {
    if (expanded.has(parent)) for (const child of children.items) callers.set(child.id, parent);
  }
  return new Set(rows.map((session) => session.id).filter((id) => {
    const steps = stepsToTop(id, callers, listed);
    return steps > 0 && steps <= MAX_DEPTH;
  }));
}

/** How far below the highest listed caller it stands; 0 if below none, or in a cycle. */
function stepsToTop(id: string, callers: ReadonlyMap<string, string>, listed: ReadonlySet<string>): number {
  const seen = new Set([id]);
  let steps = 0;
  for (let above = callers.get(id); above !== undefined; above = callers.get(above)) {
    if (seen.has(above)) return 0;
    if (listed.has(above)) steps = seen.size;
    seen.add(above);
  }
  return steps;
}

export function toggledId(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return next;
}
