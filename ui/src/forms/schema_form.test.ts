import { expect, test } from "vitest";
import { type Field, fieldOf, type GroupField, reworded, schemaOfValue, worded } from "./schema_form";

const of = (schema: Record<string, unknown>) => fieldOf({ type: "object", properties: { it: schema } }) as GroupField;
const one = (schema: Record<string, unknown>): Field => of(schema).fields[0]!;

test("each simple type has its own field, with its limits", () => {
  expect(one({ type: "string", minLength: 2, maxLength: 9, pattern: "^A" })).toMatchObject({ kind: "text", minLength: 2, maxLength: 9, pattern: "^A", isLong: false });
  expect(one({ type: "string" })).toMatchObject({ kind: "text", isLong: true });
  expect(one({ type: "integer", minimum: 1, exclusiveMaximum: 5 })).toMatchObject({ kind: "number", isWhole: true, minimum: 1, below: 5 });
  expect(one({ type: "number" })).toMatchObject({ kind: "number", isWhole: false });
  expect(one({ type: "boolean" })).toMatchObject({ kind: "yesno" });
  expect(one({ enum: ["red", 2, null] })).toMatchObject({ kind: "choice", options: [{ title: "red" }, { value: 2 }, { value: null }] });
});

test("title, description, default and required are kept; a key without a title is worded", () => {
  const form = fieldOf({
    type: "object", required: ["order_id"],
    properties: { order_id: { type: "string", description: "As printed", default: "A-1" }, note: { type: "string", title: "Remark" } },
  }) as GroupField;

  expect(form.fields[0]).toMatchObject({ key: "order_id", title: "Order id", description: "As printed", initial: "A-1", isRequired: true });
  expect(form.fields[1]).toMatchObject({ title: "Remark", isRequired: false });
  expect(worded("maxAmountEur")).toBe("Max Amount Eur");
});

test("objects nest, and their fields know the whole way", () => {
  const nested = one({ type: "object", properties: { street: { type: "string" } } }) as GroupField;

  expect(nested.kind).toBe("group");
  expect(nested.fields[0]?.path).toBe("it/street");
});

test("arrays of simple things are lists; of distinct options they are check boxes", () => {
  expect(one({ type: "array", items: { type: "string" }, minItems: 1 })).toMatchObject({ kind: "list", minItems: 1, item: { kind: "text" } });
  expect(one({ type: "array", uniqueItems: true, items: { enum: ["a", "b"] } })).toMatchObject({ kind: "choices" });
  expect(one({ type: "array", items: { type: "object", properties: { a: { type: "string" } } } })).toMatchObject({ kind: "json" });
});

test("references into the schema itself and optional types are followed", () => {
  const form = fieldOf({
    type: "object", $defs: { Size: { enum: ["s", "m"] } },
    properties: { size: { $ref: "#/$defs/Size" }, count: { anyOf: [{ type: "integer" }, { type: "null" }], title: "Count" }, name: { type: ["string", "null"] } },
  }) as GroupField;

  expect(form.fields[0]).toMatchObject({ kind: "choice" });
  expect(form.fields[1]).toMatchObject({ kind: "number", isNullable: true, title: "Count" });
  expect(form.fields[2]).toMatchObject({ kind: "text", isNullable: true });
});

test("titled constants are choices", () => {
  expect(one({ oneOf: [{ const: 1, title: "One" }, { const: 2 }] })).toMatchObject({ kind: "choice", options: [{ title: "One", value: 1 }, { title: "2", value: 2 }] });
});

test.each([
  ["alternatives", { oneOf: [{ type: "string" }, { type: "object" }] }],
  ["all of several", { allOf: [{ type: "string" }] }],
  ["an object of any keys", { type: "object" }],
  ["no type at all", {}],
  ["a reference to nothing", { $ref: "#/$defs/none" }],
  ["a reference to elsewhere", { $ref: "https://example.org/schema" }],
])("%s is edited as JSON", (_, schema) => {
  expect(one(schema).kind).toBe("json");
});

test("a schema that refers to itself ends as JSON", () => {
  const root = { $defs: { Node: { type: "object", properties: { next: { $ref: "#/$defs/Node" } } }, Loop: { $ref: "#/$defs/Loop" } } };
  let field: Field = fieldOf({ ...root, type: "object", properties: { a: { $ref: "#/$defs/Node" }, b: { $ref: "#/$defs/Loop" } } });

  expect((field as GroupField).fields[1]?.kind).toBe("json");
  for (let depth = 0; depth < 4; depth += 1) field = (field as GroupField).fields[0]!;
  expect(field.kind).toBe("json");
});

test("a default with more than the form shows is not cut", () => {
  expect(one({ type: "object", properties: { a: { type: "string" } }, default: { a: "x", b: 1 } }).kind).toBe("json");
});

test("a value tells the schema that it can be edited with", () => {
  const field = one({ ...schemaOfValue({ amount: 5, to: "x", isFast: true, tags: ["a"] }) }) as GroupField;

  expect(field.fields.map((below) => [below.title, below.kind])).toEqual([["amount", "number"], ["to", "text"], ["isFast", "yesno"], ["tags", "json"]]);
});

const RULE = {
  type: "object", properties: { cel: { type: "string", format: "cel", maxLength: 2000 }, pattern: { type: "string" }, intent: { enum: ["escalate", "block"] } },
  oneOf: [{ required: ["cel"] }, { required: ["pattern"] }],
};

test("properties of which there is exactly one are one field", () => {
  const form = fieldOf(RULE) as GroupField;

  expect(form.fields.map((field) => field.kind)).toEqual(["either", "choice"]);
  expect(form.fields[0]).toMatchObject({ title: "Cel or Pattern", fields: [{ key: "cel", isRequired: true, isCode: true, isLong: true }, { key: "pattern" }] });
});

test.each([
  ["two at once", [{ required: ["cel", "pattern"] }, { required: ["intent"] }]],
  ["something else besides", [{ required: ["cel"], maxProperties: 1 }, { required: ["pattern"] }]],
  ["what there is not", [{ required: ["cel"] }, { required: ["nothing"] }]],
])("alternatives that need %s are edited as JSON", (_, oneOf) => {
  expect(fieldOf({ ...RULE, oneOf }).kind).toBe("json");
});

test("options may be told in other words", () => {
  const form = reworded(fieldOf(RULE), (value) => String(value).toUpperCase()) as GroupField;

  expect(form.fields[1]).toMatchObject({ options: [{ title: "ESCALATE", value: "escalate" }, { title: "BLOCK", value: "block" }] });
});
