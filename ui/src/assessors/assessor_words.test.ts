import { expect, test } from "vitest";
import { categoryTitle, configWords, countWords, saidWords, totalOf, toneOf } from "./assessor_words";
import type { Counts } from "./assessor_types";

const COUNTS: Counts = { assessor_id: "a", allow: 1200, escalate: 3, block: 0, failed: 2, last_at: null, last_outcome: "failed", failed_at: null, failure: "it answered 500", median_ms: 120 };

test("each kind says what it looks for", () => {
  expect(configWords({ kind: "rule", config: { cel: "trace.error_count > 0" } })).toBe("trace.error_count > 0");
  expect(configWords({ kind: "rule", config: { pattern: "(?i)refund" } })).toBe("/(?i)refund/");
  expect(configWords({ kind: "detector", config: {} })).toBe("every secret and all personal data");
  expect(configWords({ kind: "detector", config: { categories: ["email", "us_ssn", "jwt", "iban", "phone"] } })).toBe("Email, US SSN, JWT, IBAN and 1 more");
  expect(configWords({ kind: "judge", config: { criteria: "Be kind." } })).toBe("Be kind.");
  expect(configWords({ kind: "webhook", config: { url: "https://a.example" } })).toBe("https://a.example");
});

test("categories read like names", () => {
  expect(["aws_access_key", "github_token", "password"].map(categoryTitle)).toEqual(["AWS access key", "GitHub token", "Password"]);
});

test("an assessor without an intent has failed, a sender has a word of its own", () => {
  expect(saidWords({ intent: "block", label: "block", assessor_id: "a" })).toEqual({ outcome: "block", words: "blocked" });
  expect(saidWords({ intent: null, label: "failed", assessor_id: "a" })).toEqual({ outcome: "failed", words: "failed" });
  expect(saidWords({ intent: null, label: "toxic", assessor_id: "" })).toEqual({ outcome: null, words: "toxic" });
  expect([toneOf("failed"), toneOf("allow"), toneOf("toxic")]).toEqual(["bad", "ok", "calm"]);
});

test("its numbers can be read out", () => {
  expect(totalOf(COUNTS)).toBe(1205);
  expect(countWords(COUNTS)).toBe("1,200 allowed, 3 escalated, 2 failed in 7 days; half took no longer than 120 ms");
});
