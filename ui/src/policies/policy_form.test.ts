import { expect, test } from "vitest";
import { type Draft, dottedFaultOf } from "../forms/answers";
import type { GroupField } from "../forms/schema_form";
import { aPolicy } from "./a_policy";
import { draftFrom, formOf, readPolicy } from "./policy_form";
import { bodyOf, type PolicyForm } from "./policy_types";

const RUNG = { type: "object", required: ["type"], properties: { type: { type: "string", title: "What happens", enum: ["notify", "pause"] } } };
const FORMS: PolicyForm[] = [
  { type: "cost_limit", condition: { type: "object", required: ["cost_exceeded"], properties: { cost_exceeded: { type: "number", title: "Cost in US dollars", exclusiveMinimum: 0 } } }, action: RUNG },
  { type: "condition", condition: { type: "object", required: ["cel"], properties: { cel: { type: "string", format: "cel", minLength: 1 } } }, action: RUNG },
];
const form = formOf(FORMS, "cost_limit")!;
const draft = (part: Record<string, Draft>): Draft => ({ ...(draftFrom(form, null) as object), ...part }) as Draft;

test("its fields are those of the server's schemas, with the ladder in words", () => {
  const groups = form as GroupField;

  expect(groups.fields.map((field) => field.key)).toEqual(["condition", "action", "name", "agent_id", "priority"]);
  expect((groups.fields[0] as GroupField).fields[0]).toMatchObject({ title: "Cost in US dollars", kind: "number" });
  expect((groups.fields[1] as GroupField).fields[0]).toMatchObject({ options: [{ title: "Notify" }, { title: "Pause" }] });
  expect(formOf(FORMS, "retry")).toBeNull();
});

test("a new policy begins at the gentlest rung, and says what is missing", () => {
  const { body, faults } = readPolicy(form, draftFrom(form, null), "cost_limit", true);

  expect(body).toBeNull();
  expect(faults).toEqual([{ path: "condition/cost_exceeded", message: "This is needed." }]);
  expect(readPolicy(form, draft({ condition: { cost_exceeded: "2" } }), "cost_limit", true).body).toMatchObject({
    condition: { cost_exceeded: 2 }, action: { type: "notify" }, priority: 0, agent_id: "", name: "", enabled: true,
  });
});

test("a policy goes through its form unchanged", () => {
  const policy = bodyOf(aPolicy({ name: "Budget", agent_id: "bot", priority: -3, action: { type: "pause" }, enabled: false }));

  expect(readPolicy(form, draftFrom(form, policy), "cost_limit", false).body).toEqual(policy);
});

test("what the server says of an expression stands at the expression", () => {
  const field = formOf(FORMS, "condition")!;

  expect(dottedFaultOf("condition.cel: 'sesion' is unknown: an expression speaks of 'session'", field))
    .toEqual({ path: "condition/cel", message: "'sesion' is unknown: an expression speaks of 'session'" });
  expect(dottedFaultOf("condition: 'cel' is a required property", field).path).toBe("condition/cel");
});
