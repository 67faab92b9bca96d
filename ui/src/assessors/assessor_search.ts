// The assessors page's view state, as it stands in the URL.

import { type Outcome, OUTCOMES } from "./assessor_types";

export const NEW = "new";
export interface AssessorSearch {
  assessor?: string; // the one whose panel is open; `new` makes one
  of?: string;       // only what this one said
  outcome?: Outcome; // only this
}
export type Part = { [Name in keyof AssessorSearch]?: AssessorSearch[Name] | undefined };

export function readAssessorSearch(raw: Record<string, unknown>): AssessorSearch {
  const search: AssessorSearch = {};
  for (const name of ["assessor", "of"] as const) if (typeof raw[name] === "string" && raw[name]) search[name] = raw[name];
  if (OUTCOMES.includes(raw.outcome as Outcome)) search.outcome = raw.outcome as Outcome;
  return search;
}

/** Without what is undefined. */
export function cleaned(part: Part): AssessorSearch {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as AssessorSearch;
}

export function feedQuery(search: AssessorSearch): URLSearchParams {
  const query = new URLSearchParams();
  if (search.of) query.set("assessor", search.of);
  if (search.outcome) query.set("outcome", search.outcome);
  return query;
}
