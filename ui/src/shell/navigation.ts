// The places of the app, in the order of the bar and of the keys that go there.

export const PLACES = [
  { to: "/sessions", title: "Sessions", key: "s" },
  { to: "/tasks", title: "Work Center", key: "t" },
  { to: "/agents", title: "Agents", key: "a" },
  { to: "/signals", title: "Signals", key: "n" },
] as const;
export type Place = (typeof PLACES)[number];

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
