// The feed as rows: the groups of each day under its name.

import type { components } from "../api/schema";

export type Signal = components["schemas"]["Signal"];
export type SignalList = components["schemas"]["SignalList"];
export interface Pages { pages: SignalList[]; pageParams: unknown[] }
export type FeedRow = { kind: "day"; key: string; title: string } | { kind: "signal"; key: string; signal: Signal };

const DAY_MS = 86_400_000;

/** Newest first, as the server sends them; one that moved from a page to another while they were read stands once. */
export function rowsOf(signals: readonly Signal[], now: number): FeedRow[] {
  const rows: FeedRow[] = [];
  const seen = new Set<string>();
  let day = "";
  for (const signal of signals) {
    if (seen.has(signal.id)) continue;
    seen.add(signal.id);
    const title = dayOf(signal.last_at, now);
    if (title !== day) rows.push({ kind: "day", key: `day ${title}`, title });
    day = title;
    rows.push({ kind: "signal", key: signal.id, signal });
  }
  return rows;
}

export function dayOf(at: string | null, now: number): string {
  if (!at) return "At an unknown time";
  const date = new Date(at);
  const days = Math.round((startOfDay(now) - startOfDay(date.getTime())) / DAY_MS);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return date.toLocaleDateString(undefined, { weekday: "long", year: "numeric", month: "long", day: "numeric" });
}

/** What came of a group that is shown stands at once; whether it fired again changes its place, which the server knows. */
export function settled(pages: Pages, signal: Signal): Pages | null {
  const known = pages.pages.flatMap((page) => page.items).find((one) => one.id === signal.id);
  if (known?.count !== signal.count || known.last_at !== signal.last_at) return null;
  const items = (page: SignalList) => page.items.map((one) => (one.id === signal.id ? signal : one));
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, items: items(page) })) };
}

export function without(pages: Pages, isGone: (signal: Signal) => boolean): Pages {
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, items: page.items.filter((one) => !isGone(one)) })) };
}

/** The first page alone: reading the feed again is then one request, however far somebody had scrolled. */
export function onlyFirst(pages: Pages): Pages {
  return { pages: pages.pages.slice(0, 1), pageParams: pages.pageParams.slice(0, 1) };
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
