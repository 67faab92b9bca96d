import { describe, expect, it } from "vitest";
import type { Session } from "../api/types";
import { type Children, MAX_DEPTH, type Tree, treeRows } from "./tree_rows";

const row = (id: string, parent = "") => ({ id, key: id, parent_session_id: parent }) as Session;
const below = (...items: Session[]): Children => ({ items, hasMore: false, isLoading: false });
function tree(rows: Session[], expanded: string[], children: Record<string, Children>): Tree {
  return { rows, expanded: new Set(expanded), childrenOf: new Map(Object.entries(children)), parents: new Set(Object.keys(children)) };
}
const drawn = (given: Tree) => treeRows(given).map((one) => (one.kind === "session" ? `${"-".repeat(one.depth)}${one.session.id}${one.note && `!${one.note}`}` : `${"-".repeat(one.depth)}(${one.kind})`));

describe("the tree of called sessions", () => {
  it("is flat until a row is unfolded", () => {
    const given = tree([row("b", "a"), row("a")], [], { a: below(row("b", "a")) });
    expect(drawn(given)).toEqual(["b", "a"]);
    expect(treeRows(given).map((one) => one.kind === "session" && one.hasChildren)).toEqual([false, true]);
  });

  it("puts called sessions beneath their caller, and nowhere else", () => {
    expect(drawn(tree([row("b", "a"), row("a"), row("x")], ["a"], { a: below(row("b", "a"), row("c", "a")) }))).toEqual(["a", "-b", "-c", "x"]);
  });

  it("keeps what was unfolded when its caller is unfolded, too", () => {
    const given = tree([row("c", "b"), row("b", "a"), row("a")], ["a", "b"], { a: below(row("b", "a")), b: below(row("c", "b")) });
    expect(drawn(given)).toEqual(["a", "-b", "--c"]);
  });

  it("does not go around in a cycle, and loses nobody in one", () => {
    const given = tree([row("a", "b"), row("b", "a")], ["a", "b"], { a: below(row("b", "a")), b: below(row("a", "b")) });
    expect(drawn(given)).toEqual(["a", "-b", "--a!cycle", "b", "-a", "--b!cycle"]);
    expect(drawn(tree([row("s", "s")], ["s"], { s: below(row("s", "s")) }))).toEqual(["s", "-s!cycle"]);
  });

  it("ends at a depth", () => {
    const ids = Array.from({ length: 20 }, (_, place) => `n${place}`);
    const children = Object.fromEntries(ids.slice(0, -1).map((id, place) => [id, below(row(`n${place + 1}`, id))]));
    const found = drawn(tree([row("n0")], ids, children));
    expect(found).toHaveLength(MAX_DEPTH + 1);
    expect(found.at(-1)).toBe(`${"-".repeat(MAX_DEPTH)}n${MAX_DEPTH}!deep`);
  });

  it("tells that it loads, and that there is more", () => {
    expect(drawn(tree([row("a")], ["a"], { a: { items: [], hasMore: false, isLoading: true } }))).toEqual(["a", "-(loading)"]);
    expect(drawn(tree([row("a")], ["a"], { a: { items: [row("b", "a")], hasMore: true, isLoading: false } }))).toEqual(["a", "-b", "-(more)"]);
  });
});
