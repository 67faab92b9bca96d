// How keys are told: their state, when they end, and what to set where they are used.

import type { ApiKey } from "./queries";

export type KeyState = "in force" | "expired" | "revoked";
export const LIFETIMES = [["", "Never"], ["30", "In 30 days"], ["90", "In 90 days"], ["365", "In a year"]] as const;
const DAY_MS = 86_400_000;

export function stateOf(key: Pick<ApiKey, "revoked_at" | "expires_at">, now: number): KeyState {
  if (key.revoked_at) return "revoked";
  return key.expires_at && Date.parse(key.expires_at) <= now ? "expired" : "in force";
}

export function endOf(days: string, now: number): string | null {
  return days ? new Date(now + Number(days) * DAY_MS).toISOString() : null;
}

export function forSojourn(secret: string, origin: string): string {
  return `export SOJOURN_URL=${origin}\nexport SOJOURN_API_KEY=${secret}`;
}

/** The header's value is percent-encoded, as OpenTelemetry wants it. */
export function forOtlp(secret: string, origin: string): string {
  return [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`,
    "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    `export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20${encodeURIComponent(secret)}"`,
  ].join("\n");
}
