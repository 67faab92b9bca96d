// What is typed into the form of an experiment, and what of it can be sent.

import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type Experiment = Schemas["Experiment"];
export type Variant = Schemas["Variant"];
export type NewExperiment = Schemas["NewExperiment"];
export type ChosenStatus = NonNullable<NewExperiment["status"]>;
export interface VariantDraft { key: number; name: string; weight: string; config: string }
export interface Draft { id: string; isIdTyped: boolean; name: string; agent: string; status: ChosenStatus; variants: VariantDraft[] }
export type Faults = Record<string, string>; // by field: id, and name-, weight- and config- with the key of a variant

export const MAX_VARIANTS = 50;
const MAX_WEIGHT = 1_000_000;
const MAX_SLUG = 60;
let lastKey = 0;

export function variantDraft(name = "", weight = 1, config: unknown = {}): VariantDraft {
  const isEmpty = config === null || (typeof config === "object" && Object.keys(config).length === 0);
  return { key: ++lastKey, name, weight: String(weight), config: isEmpty ? "" : JSON.stringify(config, null, 2) };
}

export function newDraft(): Draft {
  return { id: "", isIdTyped: false, name: "", agent: "", status: "running", variants: [variantDraft("control"), variantDraft("treatment")] };
}

/** One that only sessions name is declared with the variants that they have. */
export function draftOf(experiment: Experiment): Draft {
  const declared = experiment.variants.filter((one) => one.is_declared);
  const named = experiment.variants.filter((one) => one.name !== "").slice(0, MAX_VARIANTS);
  return {
    id: experiment.id, isIdTyped: true, name: experiment.name, agent: experiment.agent_id,
    status: experiment.status === "undeclared" ? "running" : experiment.status,
    variants: (declared.length ? declared : named).map((one) => variantDraft(one.name, one.weight ?? 1, one.config)),
  };
}

/** The id follows the name until somebody types one. */
export function named(draft: Draft, name: string): Draft {
  return { ...draft, name, id: draft.isIdTyped ? draft.id : slug(name) };
}

export function slug(name: string): string {
  return name.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, MAX_SLUG).replace(/-$/, "");
}

export function faultsOf(draft: Draft): Faults {
  const faults: Faults = {};
  if (!draft.id.trim()) faults.id = "Sessions carry this id, so there must be one.";
  const names = draft.variants.map((one) => one.name.trim());
  draft.variants.forEach((one, place) => {
    const name = names[place] ?? "";
    if (!name) faults[`name-${one.key}`] = "A variant needs a name.";
    else if (names.indexOf(name) < place) faults[`name-${one.key}`] = "This name is there already.";
    const weight = Number(one.weight);
    if (!one.weight.trim() || !(weight > 0 && weight <= MAX_WEIGHT)) faults[`weight-${one.key}`] = `A number above 0, at most ${MAX_WEIGHT.toLocaleString("en-US")}.`;
    if (configOf(one.config) === null) faults[`config-${one.key}`] = jsonFault(one.config);
  });
  return faults;
}

/** Only a draft without faults can be sent. */
export function bodyOf(draft: Draft): NewExperiment {
  return {
    id: draft.id.trim(), name: draft.name.trim(), agent_id: draft.agent.trim(), status: draft.status,
    variants: draft.variants.map((one) => ({ name: one.name.trim(), weight: Number(one.weight), config: configOf(one.config) ?? {} })),
  };
}

/** What part of those who come gets it: 75 %. */
export function shareWords(variants: readonly { weight: string }[], place: number): string {
  const weights = variants.map((one) => Math.max(0, Number(one.weight) || 0));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  if (all === 0) return "";
  const share = ((weights[place] ?? 0) / all) * 100;
  return `${share > 0 && share < 1 ? share.toPrecision(1) : Math.round(share)} %`;
}

/** Null if it is no JSON object. */
function configOf(text: string): Record<string, unknown> | null {
  if (!text.trim()) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function jsonFault(text: string): string {
  try {
    JSON.parse(text);
    return "It must be an object: {…}";
  } catch (error) {
    return `No JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}
