import { expect, test } from "vitest";
import { bodyOf, type Draft, draftOf, type Experiment, faultsOf, named, newDraft, shareWords, slug, variantDraft } from "./experiment_draft";

const VARIANT = { name: "control", is_declared: true, weight: 3, config: { model: "small" }, sessions: 4, open: 0 };
const EXPERIMENT: Experiment = {
  id: "which", name: "Which model", agent_id: "support", status: "stopped", variants: [VARIANT], more_variants: false, sessions: 4,
  last_session_at: null, created_at: null, updated_at: null,
};

function drafted(part: Partial<Draft>): Draft {
  return { ...newDraft(), id: "x", ...part };
}

test("the id follows the name until somebody types one", () => {
  const first = named(newDraft(), "Which Prompt? Größe 2");
  expect(first.id).toBe("which-prompt-gro-e-2");
  expect(named({ ...first, id: "mine", isIdTyped: true }, "Other").id).toBe("mine");
  expect(slug("— ?")).toBe("");
});

test("an experiment goes into the form and out again as it was", () => {
  expect(bodyOf(draftOf(EXPERIMENT))).toEqual({
    id: "which", name: "Which model", agent_id: "support", status: "stopped", variants: [{ name: "control", weight: 3, config: { model: "small" } }],
  });
});

test("an undeclared one is declared with the variants that its sessions name", () => {
  const undeclared = { ...VARIANT, is_declared: false, weight: null, config: null };
  const draft = draftOf({ ...EXPERIMENT, status: "undeclared", variants: [{ ...undeclared, name: "" }, { ...undeclared, name: "a" }] });

  expect(draft.status).toBe("running");
  expect(bodyOf(draft).variants).toEqual([{ name: "a", weight: 1, config: {} }]);
});

test("a fault is told at its field", () => {
  const variants = [variantDraft(" "), variantDraft("a"), variantDraft("a", 0), variantDraft("b")];
  const [blank, , again, odd] = variants;
  if (odd) odd.config = "[1]";
  const faults = faultsOf(drafted({ id: " ", variants }));

  expect(Object.keys(faults).sort()).toEqual([`config-${odd?.key}`, "id", `name-${again?.key}`, `name-${blank?.key}`, `weight-${again?.key}`].sort());
  expect(faults[`config-${odd?.key}`]).toContain("object");
  expect(faultsOf(drafted({}))).toEqual({});
});

test("what is no JSON is said in the parser's words", () => {
  const one = { ...variantDraft("a"), config: "{model: 1}" };
  expect(faultsOf(drafted({ variants: [one] }))[`config-${one.key}`]).toMatch(/^No JSON: /);
});

test.each(["", "0", "-1", "many", "1000001", "Infinity"])("%j is no weight", (weight) => {
  const one = { ...variantDraft("a"), weight };
  expect(faultsOf(drafted({ variants: [one] }))).toHaveProperty(`weight-${one.key}`);
});

test("a share is of all weights, and nothing while none counts", () => {
  expect([0, 1].map((place) => shareWords([{ weight: "3" }, { weight: "1" }], place))).toEqual(["75 %", "25 %"]);
  expect(shareWords([{ weight: "1" }, { weight: "999" }], 0)).toBe("0.1 %");
  expect(shareWords([{ weight: "x" }], 0)).toBe("");
});
