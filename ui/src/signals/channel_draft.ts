// A channel while somebody edits it, what of it is sent, and what it says in words.

import type { components } from "../api/schema";

export type Channel = components["schemas"]["AlertChannel"];
export type ChannelList = components["schemas"]["AlertChannelList"];
export type Delivery = components["schemas"]["AlertDelivery"];
export type DeliveryList = components["schemas"]["AlertDeliveryList"];
export type Tested = components["schemas"]["AlertTest"];
export type Match = components["schemas"]["AlertMatch"];
export type NewChannel = components["schemas"]["NewChannel"];
export type ChangedChannel = components["schemas"]["ChangedChannel"];

export const LISTS = ["type", "subtype", "agent_id", "environment", "policy_id"] as const;
export type ListName = (typeof LISTS)[number];
export const MIN_SECRET_CHARS = 16;
const SECRET_BYTES = 24;
const QUIET_FROM_MS = 10_000; // what is untried and due later than this waits for the quiet to end

export interface Draft {
  name: string;
  kind: "webhook" | "email";
  url: string;
  recipients: string[];
  secret: string | null; // null: as it is; "": none
  match: Match;
  quiet: string; // minutes, as they are typed
  isEnabled: boolean;
}

export const ANY_SIGNAL: Match = { type: [], subtype: [], agent_id: [], environment: [], policy_id: [], text: "" };
export const BLANK: Draft = { name: "", kind: "webhook", url: "", recipients: [], secret: "", match: ANY_SIGNAL, quiet: "15", isEnabled: true };

export function draftOf(channel: Channel): Draft {
  return {
    name: channel.name, kind: channel.kind, url: channel.url, recipients: channel.recipients, secret: null, match: channel.match,
    quiet: String(channel.quiet_minutes), isEnabled: channel.is_enabled,
  };
}

/** What is wrong with it, by field. The server checks the rest, such as addresses. */
export function faultsOf(draft: Draft): Partial<Record<"name" | "url" | "recipients" | "secret" | "quiet", string>> {
  const quiet = Number(draft.quiet);
  return {
    ...(draft.name.trim() ? {} : { name: "A name is needed." }),
    ...(draft.kind === "webhook" && !/^https?:\/\/[^\s/]/.test(draft.url.trim()) ? { url: "An http:// or https:// address is needed." } : {}),
    ...(draft.kind === "email" && draft.recipients.length === 0 ? { recipients: "At least one address is needed." } : {}),
    ...(draft.secret && draft.secret.length < MIN_SECRET_CHARS ? { secret: `At least ${MIN_SECRET_CHARS} characters are needed.` } : {}),
    ...(draft.quiet.trim() && Number.isInteger(quiet) && quiet >= 0 && quiet <= 10_080 ? {} : { quiet: "A whole number of minutes is needed, at most 10,080 (a week)." }),
  };
}

export function sentOf(draft: Draft): NewChannel {
  const isWebhook = draft.kind === "webhook";
  return {
    name: draft.name.trim(), kind: draft.kind, match: { ...draft.match, text: draft.match.text.trim() }, quiet_minutes: Number(draft.quiet), is_enabled: draft.isEnabled,
    url: isWebhook ? draft.url.trim() : "", recipients: isWebhook ? [] : draft.recipients, secret: isWebhook ? draft.secret ?? "" : "",
  };
}

/** The kind stays; a secret that was not touched stays. */
export function changeOf(draft: Draft): ChangedChannel {
  const { kind, secret, ...rest } = sentOf(draft);
  return kind === "webhook" && draft.secret !== null ? { ...rest, secret: secret ?? "" } : rest;
}

export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const NAMES: Record<ListName, string> = { type: "type", subtype: "subtype", agent_id: "agent", environment: "environment", policy_id: "policy" };

/** Which signals, in a line. */
export function matchWords(match: Match, policies: Map<string, string>): string {
  const word = (name: ListName, value: string) => (name === "policy_id" ? policies.get(value) ?? value.slice(0, 8) : value.replaceAll("_", " "));
  const parts = LISTS.filter((name) => match[name].length).map((name) => `${NAMES[name]} ${match[name].map((value) => word(name, value)).join(" or ")}`);
  if (match.text) parts.push(`with “${match.text}”`);
  return parts.join(", ") || "every signal";
}

export function quietWords(minutes: number): string {
  if (minutes === 0) return "each time";
  return `once in ${minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`}`;
}

export function targetOf(channel: Channel): string {
  return channel.kind === "webhook" ? channel.url : channel.recipients.join(", ");
}

export function testWords(tested: Tested): string {
  const took = `${Math.max(1, Math.round(tested.duration_ms))} ms`;
  if (!tested.is_sent) return `Not sent: ${tested.error}`;
  const how = tested.status ? `it answered ${tested.status} after ${took}` : `the mail server took it after ${took}`;
  return `Sent: ${how}${tested.error ? `; ${tested.error}` : ""}`;
}

export interface Standing { word: string; tone: "ok" | "bad" | "warn" | "calm"; when: string | null }

/** Where a delivery stands; a channel that is off sends nothing. */
export function standingOf(delivery: Delivery, isOff: boolean, now: number): Standing {
  if (delivery.state === "sent") return { word: "sent", tone: "ok", when: delivery.sent_at };
  if (delivery.state === "failed") return { word: "given up", tone: "bad", when: delivery.tried_at };
  if (isOff) return { word: "held, channel is off", tone: "calm", when: null };
  if (delivery.attempts === 0 && Date.parse(delivery.next_at ?? "") - now > QUIET_FROM_MS) return { word: "kept quiet", tone: "calm", when: delivery.next_at };
  return { word: delivery.attempts ? "trying again" : "waiting", tone: "warn", when: delivery.next_at };
}

/** In how long; for a time that lies ahead. */
export function until(at: string | null, now: number): string {
  if (!at) return "";
  const seconds = Math.ceil((Date.parse(at) - now) / 1_000);
  if (seconds <= 1) return "now";
  if (seconds < 90) return `in ${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `in ${minutes} min` : `in ${Math.round(minutes / 60)} h`;
}
