import { expect, test } from "vitest";
import type { Experiment } from "./experiment_draft";
import { openSessions, rowsOf } from "./experiment_rows";

function experiment(id: string, part: Partial<Experiment> = {}): Experiment {
  const variants = ["control", "bold"].map((name) => ({ name, is_declared: true, weight: 1, config: {}, sessions: 3, open: 1 }));
  return { id, name: "", agent_id: "", status: "running", variants, more_variants: false, sessions: 6, last_session_at: null, created_at: null, updated_at: null, ...part };
}

test("every word occurs in name, id, agent or a variant", () => {
  const rows = [experiment("one", { name: "Which Model", agent_id: "support" }), experiment("two")];

  expect(rowsOf(rows, { q: "model SUPP" }).map((row) => row.id)).toEqual(["one"]);
  expect(rowsOf(rows, { q: "bold" }).length).toBe(2);
  expect(rowsOf(rows, { q: "bold nothing" })).toEqual([]);
});

test("a status narrows, and the order stays", () => {
  const rows = [experiment("b", { status: "undeclared" }), experiment("a", { status: "draft" }), experiment("c", { status: "undeclared" })];

  expect(rowsOf(rows, { status: "undeclared" }).map((row) => row.id)).toEqual(["b", "c"]);
  expect(openSessions(experiment("d"))).toBe(2);
});
