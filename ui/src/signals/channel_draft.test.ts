import { expect, test } from "vitest";
import { ANY_SIGNAL, BLANK, changeOf, type Channel, type Delivery, draftOf, faultsOf, matchWords, newSecret, quietWords, sentOf, standingOf, testWords, until } from "./channel_draft";

const CHANNEL: Channel = {
  id: "c", name: "Ops", kind: "webhook", url: "https://x/y", recipients: [], has_secret: true, match: { ...ANY_SIGNAL, type: ["alert"] }, quiet_minutes: 15,
  is_enabled: true, created_by: "local", created_at: null, updated_at: null, waiting: 0, failed: 0, last_sent_at: null,
};
const DELIVERY: Delivery = {
  id: "d", channel_id: "c", signal_id: "s", session_id: "", session_key: "", type: "alert", subtype: "", message: "", count: 1, state: "waiting", attempts: 0,
  last_error: "", created_at: null, next_at: "2026-03-10T12:00:30Z", tried_at: null, sent_at: null,
};
const NOW = Date.parse("2026-03-10T12:00:00Z");

test("a draft says what is missing", () => {
  expect(Object.keys(faultsOf(BLANK))).toEqual(["name", "url"]);
  expect(Object.keys(faultsOf({ ...BLANK, name: "x", kind: "email" }))).toEqual(["recipients"]);
  expect(Object.keys(faultsOf({ ...BLANK, name: "x", url: "https://x", secret: "short", quiet: "1.5" }))).toEqual(["secret", "quiet"]);
  expect(faultsOf({ ...BLANK, name: "x", url: "https://x", quiet: "0" })).toEqual({});
});

test("a channel keeps only what belongs to its kind", () => {
  const draft = { ...BLANK, name: " Ops ", url: "https://x", recipients: ["a@b.c"], secret: "0123456789abcdef" };

  expect(sentOf(draft)).toMatchObject({ name: "Ops", url: "https://x", recipients: [], secret: "0123456789abcdef", quiet_minutes: 15 });
  expect(sentOf({ ...draft, kind: "email" })).toMatchObject({ url: "", recipients: ["a@b.c"], secret: "" });
});

test("a secret that nobody touched is not sent again", () => {
  const draft = draftOf(CHANNEL);

  expect("secret" in changeOf(draft)).toBe(false);
  expect(changeOf({ ...draft, secret: "" }).secret).toBe("");
  expect("kind" in changeOf(draft)).toBe(false);
});

test("a made secret is long and never the same", () => {
  expect(newSecret()).toMatch(/^[0-9a-f]{48}$/);
  expect(newSecret()).not.toBe(newSecret());
});

test("which signals, how often, and what came of a test are told in words", () => {
  expect(matchWords(ANY_SIGNAL, new Map())).toBe("every signal");
  expect(matchWords({ ...ANY_SIGNAL, subtype: ["cost_limit", "stuck"], policy_id: ["p"], text: "dear" }, new Map([["p", "budget"]])))
    .toBe("subtype cost limit or stuck, policy budget, with “dear”");
  expect([0, 15, 120].map(quietWords)).toEqual(["each time", "once in 15 min", "once in 2 h"]);
  expect(testWords({ is_sent: true, error: "", status: 204, duration_ms: 12.4 })).toBe("Sent: it answered 204 after 12 ms");
  expect(testWords({ is_sent: true, error: "refused for x", status: null, duration_ms: 0 })).toBe("Sent: the mail server took it after 1 ms; refused for x");
  expect(testWords({ is_sent: false, error: "it answered 403", status: 403, duration_ms: 5 })).toBe("Not sent: it answered 403");
});

test("a delivery says where it stands", () => {
  expect(standingOf(DELIVERY, false, NOW + 25_000).word).toBe("waiting");
  expect(standingOf(DELIVERY, false, NOW).word).toBe("kept quiet");
  expect(standingOf({ ...DELIVERY, attempts: 2 }, false, NOW).word).toBe("trying again");
  expect(standingOf(DELIVERY, true, NOW).word).toBe("held, channel is off");
  expect(standingOf({ ...DELIVERY, state: "failed" }, true, NOW).word).toBe("given up");
  expect([until(DELIVERY.next_at, NOW), until("2026-03-10T11:00:00Z", NOW), until("2026-03-10T13:00:00Z", NOW), until("2026-03-10T15:00:00Z", NOW), until(null, NOW)])
    .toEqual(["in 30 s", "now", "in 60 min", "in 3 h", ""]);
});
