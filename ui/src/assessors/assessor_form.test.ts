import { expect, test } from "vitest";
import { CHOSEN, type Draft, dottedFaultOf } from "../forms/answers";
import type { GroupField } from "../forms/schema_form";
import { draftFrom, formOf, readAssessor } from "./assessor_form";
import type { AssessorBody, AssessorForm } from "./assessor_types";

const FOUND = { type: "string", title: "When it finds something", enum: ["escalate", "block"], default: "escalate" };
const FORMS: AssessorForm[] = [
  { kind: "rule", config: { type: "object", properties: { cel: { type: "string", format: "cel" }, pattern: { type: "string" }, intent: FOUND }, oneOf: [{ required: ["cel"] }, { required: ["pattern"] }] } },
  { kind: "detector", config: { type: "object", properties: { categories: { type: "array", uniqueItems: true, minItems: 1, items: { enum: ["jwt", "email"] } }, intent: FOUND } } },
];

test("a rule is an expression or a pattern", () => {
  const form = formOf(FORMS, "rule")!;
  const rule: AssessorBody = { name: "Refunds", kind: "rule", role: "enforcer", is_active: true, config: { pattern: "refund", intent: "block" } };
  const draft = draftFrom(form, rule) as Record<string, Draft>;
  const config = draft.config as Record<string, Draft>;

  expect(readAssessor(form, draft, "rule", true).body).toEqual(rule);
  const other = { ...draft, config: { ...config, "?cel|pattern": { ...(config["?cel|pattern"] as object), [CHOSEN]: "cel", cel: "trace.error_count > 0" } } };
  expect(readAssessor(form, other as Draft, "rule", true).body?.config).toEqual({ cel: "trace.error_count > 0", intent: "block" });
  expect(dottedFaultOf("config.cel: 'trace' has no 'cost'", form).path).toBe("config/cel");
});

test("a detector offers its categories, and none chosen means all", () => {
  const form = formOf(FORMS, "detector") as GroupField;
  const draft = { ...(draftFrom(form, null) as object), name: " Secrets " } as Draft;

  expect((form.fields[1] as GroupField).fields[0]).toMatchObject({ kind: "choices", options: [{ title: "JWT" }, { title: "Email" }] });
  expect(readAssessor(form, draft, "detector", true).body).toEqual({ name: "Secrets", kind: "detector", role: "observer", is_active: true, config: { intent: "escalate" } });
});

test("a name is needed", () => {
  const form = formOf(FORMS, "detector")!;

  expect(readAssessor(form, draftFrom(form, null), "detector", true).faults).toEqual([{ path: "name", message: "This is needed." }]);
  expect(formOf(FORMS, "judge")).toBeNull();
});
