import { expect, test } from "vitest";
import { CHOSEN, type Draft, dottedFaultOf, draftOf, faultOf, read } from "./answers";
import { fieldOf } from "./schema_form";

const ORDER = fieldOf({
  type: "object", required: ["id", "amount", "isPaid"],
  properties: {
    id: { type: "string", minLength: 3, pattern: "^[A-Z]" },
    amount: { type: "integer", minimum: 1, maximum: 10 },
    isPaid: { type: "boolean" },
    size: { enum: ["s", "m", 3] },
    address: { type: "object", required: ["city"], properties: { city: { type: "string" }, zip: { type: "string" } } },
    tags: { type: "array", items: { type: "string" }, maxItems: 2, uniqueItems: true },
    limit: { type: ["number", "null"] },
    extra: { type: "object" },
  },
});
const GOOD: Draft = { id: "ABC", amount: "7", isPaid: "no", size: "2", address: { city: "Bonn", zip: "" }, tags: ["x"], limit: "", extra: '{"a": 1}' };
const faultsWith = (part: Record<string, Draft>) => read(ORDER, { ...(GOOD as object), ...part }).faults;

test("typed texts become the values of the schema, and what was left out stays out", () => {
  expect(read(ORDER, GOOD)).toEqual({
    value: { id: "ABC", amount: 7, isPaid: false, size: 3, address: { city: "Bonn" }, tags: ["x"], extra: { a: 1 } }, faults: [],
  });
});

test("what is needed and missing is told at its place", () => {
  const faults = read(ORDER, draftOf(ORDER)).faults;

  expect(faults.map((fault) => fault.path)).toEqual(["id", "amount", "isPaid"]);
});

test("an optional object may be left out, but not half", () => {
  expect(faultsWith({ address: { city: "", zip: "" } })).toEqual([]);
  expect(faultsWith({ address: { city: "", zip: "53111" } })).toEqual([{ path: "address/city", message: "This is needed." }]);
});

test.each([
  ["a text too short", { id: "AB" }, "id", "At least 3"],
  ["no number", { amount: "many" }, "amount", "A number"],
  ["no whole number", { amount: "1.5" }, "amount", "whole"],
  ["too small", { amount: "0" }, "amount", "At least 1"],
  ["too large", { amount: "11" }, "amount", "At most 10"],
  ["too many", { tags: ["a", "b", "c"] }, "tags", "At most 2"],
  ["the same twice", { tags: ["a", "a"] }, "tags", "twice"],
  ["an empty item", { tags: ["a", ""] }, "tags/1", "needed"],
  ["broken JSON", { extra: "{" }, "extra", "no JSON"],
  ["JSON of another type", { extra: "[]" }, "extra", "object is needed"],
])("%s is refused at its field", (_, part, path, words) => {
  const faults = faultsWith(part as Record<string, Draft>);

  expect(faults).toHaveLength(1);
  expect(faults[0]?.path).toBe(path);
  expect(faults[0]?.message).toContain(words);
});

test("a needed field that may be null is null when left empty", () => {
  const field = fieldOf({ type: "object", required: ["limit"], properties: { limit: { type: ["number", "null"] } } });

  expect(read(field, { limit: "" })).toEqual({ value: { limit: null }, faults: [] });
});

test("defaults stand in the form and come back as they were", () => {
  const field = fieldOf({
    type: "object",
    properties: {
      a: { type: "string", default: "x" }, b: { type: "boolean", default: false }, c: { enum: ["p", "q"], default: "q" },
      d: { type: "array", items: { type: "integer" }, default: [1, 2] }, e: { default: { any: ["thing"] } }, f: { const: 4 },
      g: { type: "string", format: "date-time", default: "2026-03-01T10:20:00.000Z" },
    },
  });

  expect(read(field, draftOf(field)).value).toEqual({ a: "x", b: false, c: "q", d: [1, 2], e: { any: ["thing"] }, f: 4, g: "2026-03-01T10:20:00.000Z" });
});

test("the form may be a single value", () => {
  const field = fieldOf({ type: "integer", title: "How many?" });

  expect(read(field, "12").value).toBe(12);
  expect(read(field, "").faults).toEqual([{ path: "", message: "This is needed." }]);
});

test("a refusal of the server stands at the field that it names", () => {
  const said = (words: string) => faultOf(`the outcome does not fit the form: ${words}`, ORDER);

  expect(said("amount: 20 is greater than the maximum of 10")).toEqual({ path: "amount", message: "20 is greater than the maximum of 10" });
  expect(said("address/city: 5 is not of type 'string'").path).toBe("address/city");
  expect(said("tags/1: 5 is not of type 'string'").path).toBe("tags/1");
  expect(said("address: 'city' is a required property")).toEqual({ path: "address/city", message: "This is needed." });
  expect(said("'id' is a required property").path).toBe("id");
  expect(said("{} is not valid: really")).toEqual({ path: "", message: "{} is not valid: really" });
  expect(said("id: 'a b' does not match '^[A-Z]'")).toEqual({ path: "id", message: "It has to look like ^[A-Z]" });
});

test("a cruel pattern is the server's business: here it would stop the page", () => {
  const field = fieldOf({ type: "string", pattern: "^(a+)+$" });

  expect(read(field, `${"a".repeat(60)}!`).faults).toEqual([]);
});

test("a place named with dots is found as well", () => {
  expect(dottedFaultOf("address.city: 5 is not of type 'string'", ORDER)).toEqual({ path: "address/city", message: "5 is not of type 'string'" });
  expect(dottedFaultOf("tags.1: too long", ORDER).path).toBe("tags/1");
  expect(dottedFaultOf("there are too many", ORDER)).toEqual({ path: "", message: "there are too many" });
});

const RULE = fieldOf({
  type: "object", properties: { cel: { type: "string" }, pattern: { type: "string" }, reason: { type: "string" } },
  oneOf: [{ required: ["cel"] }, { required: ["pattern"] }],
});

test("of alternatives the chosen one counts, and is needed", () => {
  const draft = draftOf(RULE, { pattern: "a+", reason: "why" }) as Record<string, Draft>;
  const either = draft["?cel|pattern"] as Record<string, Draft>;

  expect(read(RULE, draft).value).toEqual({ pattern: "a+", reason: "why" });
  expect(read(RULE, { ...draft, "?cel|pattern": { ...either, [CHOSEN]: "cel" } }).faults).toEqual([{ path: "cel", message: "This is needed." }]);
  expect(read(RULE, { ...draft, "?cel|pattern": { ...either, [CHOSEN]: "cel", cel: "true" } }).value).toEqual({ cel: "true", reason: "why" });
  expect(faultOf("cel: it is empty", RULE)).toEqual({ path: "cel", message: "it is empty" });
});
