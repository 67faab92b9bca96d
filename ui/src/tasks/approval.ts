// An approval: may this tool call go on, and with which arguments.

import { type Draft, draftOf, read, type Reading } from "../forms/answers";
import type { Task } from "./requests";
import { type Field, fieldOf, isSchema, type Schema, schemaOfValue } from "../forms/schema_form";

export interface Approval {
  proposed: Schema | null; // the arguments that the call has now, if the form tells them
  edit: Field; // the arguments, field by field
  rest: Field | null; // what else the form asks
}

const OWN = ["approved", "reason", "arguments"];

/** Null if the task is none, or its form is not that of one. */
export function approvalOf(task: Task): Approval | null {
  const properties = isSchema(task.form?.properties) ? task.form.properties : {};
  if (task.kind !== "approval" || !("approved" in properties)) return null;
  const told = isSchema(properties.arguments) ? properties.arguments : {};
  const proposed = isSchema(told.default) ? told.default : null;
  const schema = isSchema(told.properties) ? told : proposed ? schemaOfValue(proposed) : {};
  return { proposed, edit: under("arguments", { ...schema, default: proposed ?? undefined }), rest: restOf(task.form ?? {}, properties) };
}

/** What is sent. Arguments only if they were changed: left alone, the call runs exactly as it was asked. */
export function outcomeOf(approval: Approval, isApproved: boolean, reason: string, edited: Draft | null, rest: Draft | null): Reading {
  const more: Reading = approval.rest && rest ? read(approval.rest, rest) : { value: {}, faults: [] };
  const value: Schema = { ...(more.value as Schema), approved: isApproved };
  if (reason.trim()) value.reason = reason.trim();
  if (!isApproved || edited === null) return { value, faults: more.faults };
  const given = read(approval.edit, edited);
  const wanted = mergedOver(approval.proposed, given.value);
  if (JSON.stringify(wanted) !== JSON.stringify(approval.proposed) && wanted !== undefined) value.arguments = wanted;
  return { value, faults: [...more.faults, ...given.faults] };
}

export function editOf(approval: Approval): Draft {
  return draftOf(approval.edit, approval.proposed ?? undefined);
}

/** Optional parts that were empty before and still are stay as they were. */
function mergedOver(before: unknown, after: unknown): unknown {
  if (after === undefined) return before ?? undefined;
  if (!isSchema(before) || !isSchema(after)) return after;
  const order = [...Object.keys(before), ...Object.keys(after).filter((key) => !(key in before))];
  return Object.fromEntries(order.map((key) => [key, key in after ? mergedOver(before[key], after[key]) : before[key]]));
}

function under(key: string, schema: Schema): Field {
  const root = fieldOf({ type: "object", properties: { [key]: schema } });
  return root.kind === "group" && root.fields[0] ? root.fields[0] : root;
}

function restOf(form: Schema, properties: Schema): Field | null {
  const others = Object.fromEntries(Object.entries(properties).filter(([key]) => !OWN.includes(key)));
  if (Object.keys(others).length === 0) return null;
  const required = Array.isArray(form.required) ? form.required.filter((key) => !OWN.includes(String(key))) : [];
  return fieldOf({ ...form, properties: others, required });
}
