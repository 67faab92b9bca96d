// What a person has typed into a form, and the outcome that it means or why it means none yet.

import type { ChoicesField, EitherField, Field, GroupField, JsonField, ListField, NumberField, TextField } from "./schema_form";

/** Texts of inputs, in the form's shape. Of a choice it is the option's place; of yes and no, "yes" or "no"; of
 *  alternatives the drafts of all, and under CHOSEN the key of the one that counts. */
export type Draft = string | Draft[] | { [key: string]: Draft };
export interface Fault { path: string; message: string }
export interface Reading { value: unknown; faults: Fault[] } // value is undefined where nothing was said

export const CHOSEN = "";
const NEEDED = "This is needed.";

export function draftOf(field: Field, value: unknown = field.initial): Draft {
  switch (field.kind) {
    case "text": return typeof value === "string" ? fromWire(field, value) : "";
    case "number": return typeof value === "number" ? String(value) : "";
    case "yesno": return typeof value === "boolean" ? (value ? "yes" : "no") : "";
    case "choice": return placeOf(field.options, value);
    case "choices": return Array.isArray(value) ? value.map((one) => placeOf(field.options, one)).filter(Boolean) : [];
    case "list": return Array.isArray(value) ? value.map((one) => draftOf(field.item, one)) : [];
    case "group": return draftsOf(field.fields, value);
    case "either": {
      const given = field.fields.find((one) => partOf(value, one.key) !== undefined) ?? field.fields[0];
      return { ...draftsOf(field.fields, value), [CHOSEN]: given?.key ?? "" };
    }
    case "json": return value === undefined ? "" : JSON.stringify(value, null, 2);
  }
}

function draftsOf(fields: Field[], value: unknown): Record<string, Draft> {
  return Object.fromEntries(fields.map((one) => {
    const given = one.kind === "either" ? value : partOf(value, one.key);
    return [one.key, given === undefined ? draftOf(one) : draftOf(one, given)];
  }));
}

function partOf(value: unknown, key: string): unknown {
  return value !== null && typeof value === "object" ? (value as Record<string, unknown>)[key] : undefined;
}

export function read(field: Field, draft: Draft): Reading {
  if (isEmpty(draft)) return emptyReading(field, draft);
  switch (field.kind) {
    case "text": return readText(field, draft as string);
    case "number": return readNumber(field, draft as string);
    case "yesno": return { value: draft === "yes", faults: [] };
    case "choice": return { value: field.options[Number(draft)]?.value, faults: [] };
    case "choices": return readChoices(field, draft as string[]);
    case "list": return readList(field, draft as Draft[]);
    case "group": return readGroup(field, draft as Record<string, Draft>);
    case "either": return readEither(field, draft as Record<string, Draft>);
    case "json": return readJson(field, draft as string);
  }
}

function emptyReading(field: Field, draft: Draft): Reading {
  if (field.isNullable) return { value: field.isRequired ? null : undefined, faults: [] };
  if (!field.isRequired) return { value: undefined, faults: [] };
  if (field.kind === "group") return readGroup(field, draft as Record<string, Draft>);
  const isListLike = field.kind === "list" || field.kind === "choices";
  if (isListLike && field.minItems === 0) return { value: [], faults: [] };
  return fault(field, NEEDED);
}

function readText(field: TextField, draft: string): Reading {
  const value = toWire(field, draft);
  const chars = [...value].length;
  if (chars < field.minLength) return fault(field, `At least ${field.minLength} characters, please; these are ${chars}.`);
  if (field.maxLength !== null && chars > field.maxLength) return fault(field, `At most ${field.maxLength} characters, please; these are ${chars}.`);
  if (field.format === "email" && !/^\S+@\S+$/.test(value)) return fault(field, "This is no e-mail address.");
  return { value, faults: [] }; // a pattern is left to the server: here a cruel one could stop the page
}

function readNumber(field: NumberField, draft: string): Reading {
  const value = Number(draft.trim());
  if (!Number.isFinite(value)) return fault(field, "A number is needed.");
  if (field.isWhole && !Number.isInteger(value)) return fault(field, "A whole number is needed.");
  if (field.isWhole && !Number.isSafeInteger(value)) return fault(field, "The number is too large to be told exactly.");
  if (field.minimum !== null && value < field.minimum) return fault(field, `At least ${field.minimum}, please.`);
  if (field.maximum !== null && value > field.maximum) return fault(field, `At most ${field.maximum}, please.`);
  if (field.above !== null && value <= field.above) return fault(field, `More than ${field.above}, please.`);
  if (field.below !== null && value >= field.below) return fault(field, `Less than ${field.below}, please.`);
  return { value, faults: [] }; // multipleOf is left to the server: 0.3 / 0.1 is no whole number here
}

function readChoices(field: ChoicesField, draft: string[]): Reading {
  const limit = countFault(field, draft.length);
  return limit ?? { value: draft.map((place) => field.options[Number(place)]?.value), faults: [] };
}

function readList(field: ListField, draft: Draft[]): Reading {
  const items = draft.map((one, place) => {
    const item = read({ ...field.item, isRequired: true }, one);
    return { value: item.value, faults: item.faults.map(({ message }) => ({ path: below(field.path, place), message })) };
  });
  const faults = items.flatMap((item) => item.faults);
  const value = items.map((item) => item.value);
  if (faults.length) return { value, faults };
  if (field.isUnique && new Set(value.map((one) => JSON.stringify(one))).size < value.length) return fault(field, "One of them is there twice.");
  return countFault(field, value.length) ?? { value, faults: [] };
}

function readGroup(field: GroupField, draft: Record<string, Draft>): Reading {
  const parts = field.fields.map((one) => [one.key, read(one, draft[one.key] ?? "")] as const);
  const said = parts.filter(([, part]) => part.value !== undefined);
  const value = Object.fromEntries(said.flatMap(([key, part]) => (key.startsWith("?") ? Object.entries(part.value as object) : [[key, part.value]])));
  return { value, faults: parts.flatMap(([, part]) => part.faults) };
}

/** An object with the one property that was chosen; it becomes a part of the object around it. */
function readEither(field: EitherField, draft: Record<string, Draft>): Reading {
  const chosen = field.fields.find((one) => one.key === draft[CHOSEN]) ?? field.fields[0];
  if (!chosen) return { value: {}, faults: [] };
  const part = read(chosen, draft[chosen.key] ?? "");
  return { value: part.value === undefined ? {} : { [chosen.key]: part.value }, faults: part.faults };
}

function readJson(field: JsonField, draft: string): Reading {
  let value: unknown;
  try {
    value = JSON.parse(draft);
  } catch (error) {
    return fault(field, `This is no JSON: ${(error as Error).message}`);
  }
  const type = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  const fits = !field.expects || type === field.expects || (field.expects === "integer" && Number.isInteger(value));
  return fits || (field.isNullable && value === null) ? { value, faults: [] } : fault(field, `JSON of type ${field.expects} is needed; this is ${type}.`);
}

/** Where the server's refusal belongs: "…does not fit the form: order/amount: 5 is too small". */
export function faultOf(message: string, field: Field): Fault {
  const said = message.replace(/^the outcome does not fit the form: /, "");
  const paths = pathsOf(field).sort((one, other) => other.length - one.length);
  const path = paths.find((known) => known && new RegExp(`^${escaped(known)}(/\\d+)?: `).test(said)) ?? "";
  const place = path ? said.slice(0, said.indexOf(": ")) : "";
  const words = path ? said.slice(said.indexOf(": ") + 2) : said;
  const pattern = /^'[^]*' does not match '([^]+)'$/.exec(words)?.[1];
  if (pattern) return { path: place, message: `It has to look like ${pattern}` };
  const missing = /^'(.+)' is a required property$/.exec(words)?.[1];
  const child = missing && (path ? `${path}/${missing}` : missing);
  return child && paths.includes(child) ? { path: child, message: NEEDED } : { path: place, message: words };
}

/** The same of a refusal that names the place with dots: "condition.cel: 'x' is unknown". */
export function dottedFaultOf(message: string, field: Field): Fault {
  const [, place = "", words = message] = /^([\w.]+): ([^]*)$/.exec(message) ?? [];
  return faultOf(place ? `${place.replaceAll(".", "/")}: ${words}` : words, field);
}

export function isEmpty(draft: Draft): boolean {
  if (typeof draft === "string") return draft.trim() === "";
  return Array.isArray(draft) ? draft.length === 0 : Object.values(draft).every(isEmpty);
}

function pathsOf(field: Field): string[] {
  return [field.path, ...(field.kind === "group" || field.kind === "either" ? field.fields.flatMap(pathsOf) : [])];
}

function countFault(field: ListField | ChoicesField, count: number): Reading | null {
  if (count < field.minItems) return fault(field, `At least ${field.minItems} of them, please.`);
  if (field.maxItems !== null && count > field.maxItems) return fault(field, `At most ${field.maxItems} of them, please.`);
  return null;
}

function placeOf(options: { value: unknown }[], value: unknown): string {
  if (options.length === 1 && value === undefined) return "0"; // a constant
  const place = options.findIndex((option) => JSON.stringify(option.value) === JSON.stringify(value));
  return place < 0 ? "" : String(place);
}

/** An input for date and time speaks of the person's zone; the wire is RFC 3339. */
function toWire(field: TextField, draft: string): string {
  if (field.format !== "date-time") return draft;
  const time = new Date(draft);
  return Number.isNaN(time.getTime()) ? draft : time.toISOString();
}

function fromWire(field: TextField, value: string): string {
  if (field.format !== "date-time") return value;
  const time = new Date(value);
  if (Number.isNaN(time.getTime())) return "";
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export const below = (path: string, step: string | number) => (path ? `${path}/${step}` : String(step));
const escaped = (words: string) => words.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

function fault(field: Field, message: string): Reading {
  return { value: undefined, faults: [{ path: field.path, message }] };
}
