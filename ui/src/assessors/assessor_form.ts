// An assessor as a form: the fields of its config come from the server's JSON Schema of its kind.

import { type Draft, draftOf, type Fault, read } from "../forms/answers";
import { type Field, fieldOf, reworded } from "../forms/schema_form";
import type { AssessorBody, AssessorForm, AssessorKind } from "./assessor_types";
import { optionWords } from "./assessor_words";

const NAME = { type: "string", format: "line", title: "Name", description: "Shown with everything that it says.", minLength: 1, maxLength: 120 };
const ROLE = { type: "string", title: "Role", enum: ["observer", "enforcer"], default: "observer" };
export const FIRST_KIND: AssessorKind = "rule";

export function formOf(forms: readonly AssessorForm[], kind: AssessorKind): Field | null {
  const form = forms.find((one) => one.kind === kind);
  if (!form) return null;
  const field = fieldOf({ type: "object", required: ["name", "config", "role"], properties: { name: NAME, config: { title: "What it looks at", ...form.config }, role: ROLE } });
  return reworded(field, optionWords);
}

export function draftFrom(field: Field, assessor: AssessorBody | null): Draft {
  return draftOf(field, assessor ?? undefined);
}

export interface AssessorReading { body: AssessorBody | null; faults: Fault[] }

export function readAssessor(field: Field, draft: Draft, kind: AssessorKind, isActive: boolean): AssessorReading {
  const { value, faults } = read(field, draft);
  if (faults.length) return { body: null, faults };
  const told = value as Partial<AssessorBody>;
  return { body: { kind, is_active: isActive, name: (told.name ?? "").trim(), role: told.role ?? "observer", config: told.config ?? {} }, faults };
}
