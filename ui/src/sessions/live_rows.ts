// How live news changes the pages of the list that are in the cache.

import type { InfiniteData } from "@tanstack/react-query";
import type { Session, SessionList } from "../api/types";

export type Pages = InfiniteData<SessionList, unknown>;

/** The pages with this session's row renewed, or the same object if it is on none of them. */
export function renewed(pages: Pages, session: Session): Pages {
  let isFound = false;
  const changed = pages.pages.map((page) => {
    const place = page.items.findIndex((row) => row.id === session.id);
    if (place < 0) return page;
    isFound = true;
    const items = page.items.slice();
    items[place] = { ...session, match: items[place]?.match ?? null };
    return { ...page, items };
  });
  return isFound ? { ...pages, pages: changed } : pages;
}

/** The pages without this session. */
export function without(pages: Pages, id: string): Pages {
  if (!pages.pages.some((page) => page.items.some((row) => row.id === id))) return pages;
  const changed = pages.pages.map((page) => {
    const items = page.items.filter((row) => row.id !== id);
    return { ...page, items, total: Math.max(0, page.total - (items.length < page.items.length ? 1 : 0)) };
  });
  return { ...pages, pages: changed };
}

/** The pages with a new session on top. */
export function onTop(pages: Pages, session: Session): Pages {
  const [first, ...rest] = pages.pages;
  if (!first) return pages;
  const counted = rest.map((page) => ({ ...page, total: page.total + 1 }));
  return { ...pages, pages: [{ ...first, items: [session, ...first.items], total: first.total + 1 }, ...counted] };
}

export function rowsOf(pages: Pages | undefined): Session[] {
  const seen = new Set<string>();
  return (pages?.pages ?? []).flatMap((page) => page.items).filter((row) => !seen.has(row.id) && seen.add(row.id));
}
