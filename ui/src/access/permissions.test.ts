import { expect, test } from "vitest";
import { type MayIn, OF_VERB, whyForbidden } from "./permissions";

const in_a: MayIn = (workspace, permission) => workspace === "a" && permission === "sessions.pause";

test("each action names the permission that it lacks, in the session's own workspace", () => {
  expect(whyForbidden("pause", { workspace_id: "a" }, in_a)).toBe("");
  expect(whyForbidden("resume", { workspace_id: "a" }, in_a)).toBe("");
  expect(whyForbidden("pause", { workspace_id: "b" }, in_a)).toBe("needs sessions.pause");
  expect(whyForbidden("delete", { workspace_id: "a" }, in_a)).toBe("needs sessions.delete");
});

test("taking something back needs what doing it needs", () => {
  expect([OF_VERB.resume, OF_VERB.return, OF_VERB.unarchive]).toEqual([OF_VERB.pause, OF_VERB.escalate, OF_VERB.archive]);
});
