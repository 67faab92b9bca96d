// The places of the app, in the order of the bar and of the keys that go there, and what each needs.

import type { Permission } from "../access/permissions";

/** A place is about sessions unless it says something else. */
export interface Needs {
  title: string;
  opens?: readonly Permission[]; // any of them puts it into the navigation
  reads?: readonly Permission[]; // any of them, and it shows something; none: whoever may open it
  spans?: boolean; // it can show all workspaces at once
}

export const PLACES = [
  { to: "/sessions", title: "Sessions", key: "s", spans: true },
  { to: "/tasks", title: "Work Center", key: "t", opens: ["tasks.complete", "sessions.read", "sessions.review"], reads: [] },
  { to: "/agents", title: "Agents", key: "a", spans: true },
  { to: "/signals", title: "Signals", key: "n", reads: ["sessions.read_called"] }, // they tell what called sessions did
  { to: "/experiments", title: "Experiments", key: "x" },
  { to: "/policies", title: "Policies", key: "p" },
  { to: "/assessors", title: "Assessors", key: "e" },
] as const satisfies readonly (Needs & { to: string; key: string })[];
export type Place = (typeof PLACES)[number];
/** They are reached from elsewhere than the bar. */
export const SETTINGS = { to: "/settings", title: "Settings", opens: ["admin"], reads: [] } as const satisfies Needs & { to: string };
export const ALERTS = { to: "/signals/alerts", title: "Alerts", opens: ["admin"], reads: [] } as const satisfies Needs & { to: string };

const GO_WITHIN_MS = 1_200; // between g and the letter of the place

/** Hears keys one by one and answers with the place that g and a letter mean. */
export function goKeys(): (key: string, nowMs: number) => Place | null {
  let armedAtMs = Number.NEGATIVE_INFINITY;
  return (key, nowMs) => {
    const isArmed = nowMs - armedAtMs <= GO_WITHIN_MS;
    armedAtMs = key === "g" ? nowMs : Number.NEGATIVE_INFINITY;
    return isArmed ? (PLACES.find((place) => place.key === key) ?? null) : null;
  };
}

/** A badge never grows wider than three characters. */
export function badge(count: number): string {
  return count > 99 ? "99+" : String(count);
}
