import { describe, expect, it } from "vitest";
import { completed, completionAt, fieldsFor, isSole } from "./search_completion";

const at = (text: string) => completionAt(text, text.length);

describe("completion in the search box", () => {
  it("offers fields by their beginning", () => {
    const found = at("refund st");
    expect(found?.kind).toBe("field");
    expect(found && fieldsFor(found).map((field) => field.name)).toEqual(["status"]);
  });

  it("knows the only value that something begun can become", () => {
    const sole = (text: string, ...values: string[]) => isSole(at(text)!, values);
    expect(sole("status:com", "completed")).toBe(true);
    expect(sole("status:COM", "completed")).toBe(true);
    expect(sole("status:", "completed")).toBe(false); // nothing is begun: they may want none
    expect(sole("status:c", "completed", "canceled")).toBe(false);
    expect(sole("status:x", "completed")).toBe(false); // what is offered was for what was typed before
    expect(sole("st", "status")).toBe(false); // a field
  });

  it("offers values of a field", () => {
    expect(at("agent:pl")).toMatchObject({ kind: "value", field: { facet: "agent" }, typed: "pl" });
    expect(at('agent:"my ag')).toMatchObject({ kind: "value", typed: "my ag" });
    expect(at("env:")).toMatchObject({ field: { facet: "environment" }, typed: "" });
  });

  it("offers nothing for plain words, unknown fields and free text", () => {
    expect(at("refund ")).toBeNull();
    expect(at("https://x")).toBeNull();
    expect(at("key:abc")).toBeNull();
    expect(at("")).toBeNull();
  });

  it("puts the choice in the place of what was typed", () => {
    const field = at("refund st");
    expect(field && completed("refund st", field, "status")).toEqual({ text: "refund status:", caret: 14 });
    const value = completionAt("agent:pl refund", 8);
    expect(value && completed("agent:pl refund", value, "planner")).toEqual({ text: "agent:planner refund", caret: 14 });
  });

  it("quotes values with spaces", () => {
    const value = at("agent:ag");
    expect(value && completed("agent:ag", value, "Agent workflow").text).toBe('agent:"Agent workflow" ');
  });
});
