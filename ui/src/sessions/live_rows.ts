// How live news changes the pages of the list that are in the cache.

import type { InfiniteData } from "@tanstack/react-query";
import type { Session, SessionList } from "../api/types";

export type Pages = InfiniteData<SessionList, unknown>;
/** The latest word on each session: null if it is gone. */
export type News = ReadonlyMap<string, Session | null>;

/** The pages with these sessions' rows renewed or gone, or the same object if none of them is shown. */
export function renewed(pages: Pages, news: News): Pages {
  let isChanged = false;
  const changed = pages.pages.map((page) => {
    if (!page.items.some((row) => news.has(row.id))) return page;
    isChanged = true;
    const items = page.items.flatMap((row) => {
      const told = news.get(row.id);
      if (told === null) return [];
      return [told && told.revision >= row.revision ? { ...told, match: row.match ?? null } : row];
    });
    return { ...page, items };
  });
  const gone = isChanged ? count(pages) - changed.reduce((sum, page) => sum + page.items.length, 0) : 0;
  return isChanged ? { ...pages, pages: changed.map((page) => ({ ...page, total: Math.max(0, page.total - gone) })) } : pages;
}

/** The pages with new sessions on top, the newest first; those that are there already stay where they are. */
export function onTop(pages: Pages, sessions: readonly Session[]): Pages {
  const [first, ...rest] = pages.pages;
  const ids = shownIds(pages);
  const fresh = sessions.filter((session) => !ids.has(session.id)).sort(byStart);
  if (!first || fresh.length === 0) return pages;
  const total = first.total + fresh.length;
  return { ...pages, pages: [{ ...first, items: [...fresh, ...first.items], total }, ...rest.map((page) => ({ ...page, total }))] };
}

export function shownIds(pages: Pages | undefined): Set<string> {
  return new Set((pages?.pages ?? []).flatMap((page) => page.items.map((row) => row.id)));
}

export function rowsOf(pages: Pages | undefined): Session[] {
  const seen = new Set<string>();
  return (pages?.pages ?? []).flatMap((page) => page.items).filter((row) => !seen.has(row.id) && seen.add(row.id));
}

/** Whether it belongs above everything shown when the newest stand first. */
export function isNewest(pages: Pages, session: Session): boolean {
  const first = pages.pages[0]?.items[0];
  return !first?.started_at || (session.started_at ?? "") >= first.started_at;
}

function byStart(one: Session, other: Session): number {
  return (other.started_at ?? "").localeCompare(one.started_at ?? "") || other.id.localeCompare(one.id);
}

function count(pages: Pages): number {
  return pages.pages.reduce((sum, page) => sum + page.items.length, 0);
}
