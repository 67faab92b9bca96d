// The names that this page has for what the server tells of assessors.

import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Assessor = Schemas["Assessor"];
export type AssessorKind = Assessor["kind"];
export type AssessorForm = Schemas["AssessorKindForm"];
export type Counts = Schemas["AssessorCounts"];
export type RecentAssessment = Schemas["RecentAssessment"];
/** What a person decides of an assessor. */
export type AssessorBody = Pick<Assessor, "name" | "kind" | "role" | "is_active" | "config">;

export const OUTCOMES = ["allow", "escalate", "block", "failed"] as const;
export type Outcome = (typeof OUTCOMES)[number];
