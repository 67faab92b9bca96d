import { expect, test } from "vitest";
import { awayState } from "./server_away";

test("while the stream is live nothing is away, whatever the browser believes", () => {
  expect(awayState(false, "live", null)).toBe("no");
});

test("a cut is no concern before the server was asked", () => {
  expect(awayState(true, "connecting", null)).toBe("no");
});

test("a browser without a network says so at once", () => {
  expect(awayState(false, "connecting", null)).toBe("offline");
});

test("a server that does not answer is away; one that does has only lost the stream", () => {
  expect(awayState(true, "connecting", false)).toBe("server");
  expect(awayState(true, "connecting", true)).toBe("stream");
  expect(awayState(true, "offline", true)).toBe("ended");
});
