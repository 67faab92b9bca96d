import { expect, test } from "vitest";
import { endOf, forOtlp, forSojourn, stateOf } from "./key_words";

const NOW = Date.parse("2026-05-01T00:00:00Z");

test("a key is in force until it is revoked or its time has come", () => {
  expect(stateOf({ revoked_at: null, expires_at: null }, NOW)).toBe("in force");
  expect(stateOf({ revoked_at: null, expires_at: "2026-05-02T00:00:00Z" }, NOW)).toBe("in force");
  expect(stateOf({ revoked_at: null, expires_at: "2026-04-30T00:00:00Z" }, NOW)).toBe("expired");
  expect(stateOf({ revoked_at: "2026-04-29T00:00:00Z", expires_at: "2026-04-30T00:00:00Z" }, NOW)).toBe("revoked");
});

test("a lifetime counts from now, and none is for good", () => {
  expect(endOf("30", NOW)).toBe("2026-05-31T00:00:00.000Z");
  expect(endOf("", NOW)).toBeNull();
});

test("the header of OTLP has no space in it", () => {
  expect(forOtlp("sj_a-b_c", "http://x:1")).toContain('OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20sj_a-b_c"');
  expect(forSojourn("sj_a", "http://x:1")).toBe("export SOJOURN_URL=http://x:1\nexport SOJOURN_API_KEY=sj_a");
});
