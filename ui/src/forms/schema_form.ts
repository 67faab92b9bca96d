// A form out of a JSON Schema. What is not understood becomes a JSON editor: nothing is left out and nothing guessed.

export type Schema = Record<string, unknown>;
export interface Option { title: string; value: unknown }
interface Common {
  key: string; // its name in the object that it is part of
  path: string; // steps joined by "/", as the server names them
  title: string;
  description: string;
  isRequired: boolean;
  isNullable: boolean; // left empty it is null
  initial: unknown; // schema's default; undefined if there is none
}
export type TextField = Common & {
  kind: "text"; isLong: boolean; isCode: boolean; format: string; minLength: number; maxLength: number | null; pattern: string;
  examples: string[]; // offered while one types
};
export type NumberField = Common & {
  kind: "number"; isWhole: boolean; minimum: number | null; maximum: number | null;
  above: number | null; below: number | null; multipleOf: number | null;
};
export type YesNoField = Common & { kind: "yesno" };
export type ChoiceField = Common & { kind: "choice"; options: Option[] };
export type ChoicesField = Common & { kind: "choices"; options: Option[]; minItems: number; maxItems: number | null };
export type ListField = Common & { kind: "list"; item: Field; minItems: number; maxItems: number | null; isUnique: boolean };
export type GroupField = Common & { kind: "group"; fields: Field[] };
export type EitherField = Common & { kind: "either"; fields: Field[] }; // one of these properties of its object, and no other
export type JsonField = Common & { kind: "json"; expects: string };
export type Field = TextField | NumberField | YesNoField | ChoiceField | ChoicesField | ListField | GroupField | EitherField | JsonField;

const MAX_DEPTH = 4; // nested deeper, it is edited as JSON
const MAX_REFERENCES = 8;
const CODE_FORMATS = ["cel", "code"];
const SHORT_TEXT_CHARS = 120; // a text that may be longer gets several lines
const NOT_DRAWN = [
  "allOf", "anyOf", "oneOf", "not", "if", "patternProperties", "prefixItems", "dependentRequired", "dependentSchemas",
  "propertyNames", "contains", "minProperties", "maxProperties", "$dynamicRef", "unevaluatedProperties",
];

export function fieldOf(schema: Schema): Field {
  return drawn(schema, { path: "", key: "", isRequired: true, depth: 0, root: schema });
}

interface Place { path: string; key: string; isRequired: boolean; depth: number; root: Schema }

function drawn(raw: unknown, place: Place): Field {
  const { schema, isNullable } = plain(raw, place.root);
  const common: Common = {
    key: place.key,
    path: place.path,
    title: text(schema.title) || worded(place.key),
    description: text(schema.description),
    isRequired: place.isRequired,
    isNullable,
    initial: schema.default,
  };
  const options = optionsOf(schema);
  if (options) return { ...common, kind: "choice", options };
  const either = eitherKeys(schema);
  if (NOT_DRAWN.some((keyword) => keyword in schema && !(keyword === "oneOf" && either.length))) return asJson(common, schema);
  switch (schema.type) {
    case "string": return textField(common, schema);
    case "number":
    case "integer": return numberField(common, schema);
    case "boolean": return { ...common, kind: "yesno" };
    case "array": return arrayField(common, schema, place);
    case "object": return objectField(common, schema, place);
    default: return "properties" in schema ? objectField(common, schema, place) : asJson(common, schema);
  }
}

function textField(common: Common, schema: Schema): Field {
  const maxLength = number(schema.maxLength);
  const format = text(schema.format);
  const isCode = CODE_FORMATS.includes(format);
  const isShort = format !== "" || "pattern" in schema || (maxLength !== null && maxLength <= SHORT_TEXT_CHARS);
  return {
    ...common, kind: "text", isLong: !isShort || isCode || format === "textarea", isCode, format,
    minLength: number(schema.minLength) ?? 0, maxLength, pattern: text(schema.pattern),
    examples: Array.isArray(schema.examples) ? schema.examples.filter((one) => typeof one === "string") : [],
  };
}

function numberField(common: Common, schema: Schema): Field {
  return {
    ...common, kind: "number", isWhole: schema.type === "integer", minimum: number(schema.minimum), maximum: number(schema.maximum),
    above: number(schema.exclusiveMinimum), below: number(schema.exclusiveMaximum), multipleOf: number(schema.multipleOf),
  };
}

function arrayField(common: Common, schema: Schema, place: Place): Field {
  const limits = { minItems: number(schema.minItems) ?? 0, maxItems: number(schema.maxItems) };
  const item = drawn(schema.items ?? {}, { path: "", key: "", isRequired: true, depth: place.depth + 1, root: place.root });
  if (item.kind === "choice" && schema.uniqueItems === true) return { ...common, ...limits, kind: "choices", options: item.options };
  const isSimple = ["text", "number", "yesno", "choice"].includes(item.kind);
  return isSimple ? { ...common, ...limits, kind: "list", item, isUnique: schema.uniqueItems === true } : asJson(common, schema);
}

function objectField(common: Common, schema: Schema, place: Place): Field {
  const properties = isSchema(schema.properties) ? schema.properties : {};
  const keys = Object.keys(properties);
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const isOpen = keys.length === 0 || required.some((key) => !keys.includes(key));
  const hasMore = isSchema(common.initial) && Object.keys(common.initial).some((key) => !keys.includes(key));
  if (isOpen || hasMore || place.depth >= MAX_DEPTH) return asJson(common, schema);
  const fields = keys.map((key) => drawn(properties[key], {
    path: place.path ? `${place.path}/${key}` : key, key, isRequired: required.includes(key), depth: place.depth + 1, root: place.root,
  }));
  return { ...common, kind: "group", fields: gathered(fields, eitherKeys(schema), place) };
}

/** Properties of which an object has exactly one: {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}. */
function eitherKeys(schema: Schema): string[] {
  const properties = isSchema(schema.properties) ? schema.properties : {};
  const alternatives = Array.isArray(schema.oneOf) ? schema.oneOf : [];
  const keys = alternatives.map((one) => (isSchema(one) && Object.keys(one).join() === "required" && Array.isArray(one.required) && one.required.length === 1 ? String(one.required[0]) : ""));
  return keys.length > 1 && keys.every((key) => key in properties) ? keys : [];
}

/** With the alternatives as one field where the first of them stood. */
function gathered(fields: Field[], keys: string[], place: Place): Field[] {
  if (keys.length === 0) return fields;
  const chosen = fields.filter((one) => keys.includes(one.key)).map((one) => ({ ...one, isRequired: true }));
  const key = `?${keys.join("|")}`;
  const either: EitherField = {
    kind: "either", key, path: place.path ? `${place.path}/${key}` : key, title: chosen.map((one) => one.title).join(" or "), description: "",
    isRequired: true, isNullable: false, initial: undefined, fields: chosen,
  };
  return fields.flatMap((one) => (one.key === keys[0] ? [either] : keys.includes(one.key) ? [] : [one]));
}

/** The same form, with options in other words. */
export function reworded(field: Field, words: (value: unknown) => string): Field {
  switch (field.kind) {
    case "choice":
    case "choices": return { ...field, options: field.options.map(({ value }) => ({ value, title: words(value) })) };
    case "list": return { ...field, item: reworded(field.item, words) };
    case "group":
    case "either": return { ...field, fields: field.fields.map((one) => reworded(one, words)) };
    default: return field;
  }
}

function asJson(common: Common, schema: Schema): Field {
  const expects = typeof schema.type === "string" ? schema.type : "";
  return { ...common, kind: "json", expects };
}

/** Without references into the schema itself, and without "or null". */
function plain(raw: unknown, root: Schema): { schema: Schema; isNullable: boolean } {
  let schema = isSchema(raw) ? raw : {};
  let isNullable = false;
  for (let steps = 0; steps < MAX_REFERENCES; steps += 1) {
    if (typeof schema.$ref === "string") {
      const found = pointed(root, schema.$ref);
      if (!found) return { schema: { ...schema, not: {} }, isNullable };
      const { $ref: _, ...beside } = schema;
      schema = { ...found, ...beside };
      continue;
    }
    const alternatives = Array.isArray(schema.anyOf) ? schema.anyOf.filter(isSchema) : [];
    const others = alternatives.filter((one) => one.type !== "null");
    if (others.length === 1 && alternatives.length === 2) {
      const { anyOf: _, ...beside } = schema;
      schema = { ...others[0], ...beside };
      isNullable = true;
      continue;
    }
    if (Array.isArray(schema.type)) {
      const types = schema.type.filter((type) => type !== "null");
      if (types.length !== 1) return { schema, isNullable };
      isNullable ||= types.length < schema.type.length;
      schema = { ...schema, type: types[0] as string };
      continue;
    }
    return { schema, isNullable };
  }
  return { schema: { ...schema, $ref: undefined, not: {} }, isNullable };
}

function pointed(root: Schema, reference: string): Schema | null {
  if (!reference.startsWith("#")) return null;
  let found: unknown = root;
  for (const step of reference.slice(1).split("/").filter(Boolean)) {
    const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    found = isSchema(found) ? found[key] : undefined;
  }
  return isSchema(found) ? found : null;
}

function optionsOf(schema: Schema): Option[] | null {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => ({ title: shown(value), value }));
  if ("const" in schema) return [{ title: shown(schema.const), value: schema.const }];
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (!Array.isArray(alternatives) || !alternatives.every((one) => isSchema(one) && "const" in one)) return null;
  return (alternatives as Schema[]).map((one) => ({ title: text(one.title) || shown(one.const), value: one.const }));
}

/** A schema that a value fits, to edit it field by field: {amount: 5} has a number named amount. */
export function schemaOfValue(value: unknown): Schema {
  if (typeof value === "string") return { type: "string" };
  if (typeof value === "number") return { type: "number" };
  if (typeof value === "boolean") return { type: "boolean" };
  if (!isSchema(value) || Object.keys(value).length === 0) return {};
  const properties = Object.fromEntries(Object.entries(value).map(([key, below]) => [key, { title: key, ...schemaOfValue(below) }]));
  const required = Object.keys(value).filter((key) => value[key] !== "" && !(isSchema(value[key]) && Object.keys(value[key]).length === 0));
  return { type: "object", properties, required };
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** order_id becomes Order id. */
export function worded(key: string): string {
  const words = key.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/[_-]+/g, " ").trim();
  return words ? words[0]!.toUpperCase() + words.slice(1) : "";
}

const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
