import { expect, test } from "vitest";
import { aTask } from "./a_task";
import { approvalOf, editOf, outcomeOf } from "./approval";

const ARGUMENTS = { amount: 20, to: "bob", note: "", deep: { a: "x", empty: "" } };
const FORM = {
  type: "object", required: ["approved"],
  properties: { approved: { type: "boolean" }, reason: { type: "string" }, arguments: { type: "object", default: ARGUMENTS } },
};
const asked = (form: Record<string, unknown> = FORM) => approvalOf(aTask({ kind: "approval", form }))!;

test("only an approval with its own form is one", () => {
  expect(approvalOf(aTask({ kind: "question", form: FORM }))).toBeNull();
  expect(approvalOf(aTask({ kind: "approval", form: { type: "string" } }))).toBeNull();
});

test("arguments that were left alone are not sent", () => {
  const approval = asked();

  expect(outcomeOf(approval, true, "", null, null).value).toEqual({ approved: true });
  expect(outcomeOf(approval, true, " fine ", editOf(approval), null).value).toEqual({ approved: true, reason: "fine" });
});

test("changed arguments are sent whole, empty parts as they were", () => {
  const approval = asked();
  const edited = { ...(editOf(approval) as object), amount: "5" };

  expect(outcomeOf(approval, true, "", edited, null).value).toEqual({ approved: true, arguments: { ...ARGUMENTS, amount: 5 } });
});

test("a denial sends no arguments, even broken ones", () => {
  const approval = asked();
  const edited = { ...(editOf(approval) as object), amount: "lots" };

  expect(outcomeOf(approval, false, "no", edited, null)).toEqual({ value: { approved: false, reason: "no" }, faults: [] });
  expect(outcomeOf(approval, true, "", edited, null).faults[0]?.path).toBe("arguments/amount");
});

test("what else the form asks is part of the outcome", () => {
  const approval = asked({ ...FORM, required: ["approved", "ticket"], properties: { ...FORM.properties, ticket: { type: "string" } } });

  expect(outcomeOf(approval, true, "", null, { ticket: "T-1" }).value).toEqual({ ticket: "T-1", approved: true });
  expect(outcomeOf(approval, true, "", null, { ticket: "" }).faults).toEqual([{ path: "ticket", message: "This is needed." }]);
});

test("arguments that the form does not tell may be given as JSON", () => {
  const approval = asked({ ...FORM, properties: { approved: { type: "boolean" }, arguments: { type: "object" } } });

  expect(approval.proposed).toBeNull();
  expect(outcomeOf(approval, true, "", '{"amount": 1}', null).value).toEqual({ approved: true, arguments: { amount: 1 } });
  expect(outcomeOf(approval, true, "", "", null).value).toEqual({ approved: true });
});
