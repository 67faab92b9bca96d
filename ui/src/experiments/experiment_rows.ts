// The rows of the list of experiments: those that match what is looked for, in the server's order.

import type { Experiment } from "./experiment_draft";
import type { ExperimentsSearch } from "./experiment_search";

export const SHOWN_VARIANTS = 4; // in a row; the others are a number

export function rowsOf(experiments: readonly Experiment[], search: ExperimentsSearch): Experiment[] {
  const words = (search.q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return experiments.filter((one) => {
    const said = [one.name, one.id, one.agent_id, ...one.variants.map((variant) => variant.name)].join("\n").toLowerCase();
    return (!search.status || one.status === search.status) && words.every((word) => said.includes(word));
  });
}

export function openSessions(experiment: Experiment): number {
  return experiment.variants.reduce((sum, variant) => sum + variant.open, 0);
}
