import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { get } from "../api/client";
import { useLive, type LiveEvent } from "../api/live";
import type { Facets, Overview, SessionList } from "../api/types";
import { DEFAULT_SORT, isFiltered, type ListSearch, queryOf } from "./list_search";
import { onTop, type Pages, renewed, without } from "./live_rows";

const PAGE = 100;

/** A relative range counts back from when the view was opened, so that paging stays on one set of rows. */
export function useNow(search: ListSearch): number {
  const kept = useRef({ range: search.range, now: Date.now() });
  if (kept.current.range !== search.range) kept.current = { range: search.range, now: Date.now() };
  return kept.current.now;
}

export function useSessions(search: ListSearch, now: number) {
  return useInfiniteQuery({
    queryKey: ["sessions", search],
    queryFn: ({ pageParam, signal }) => {
      const query = queryOf(search, now);
      query.set("sort", search.sort ?? DEFAULT_SORT);
      query.set("limit", String(PAGE));
      if (pageParam) query.set("cursor", pageParam);
      return get<SessionList>(`/sessions?${query}`, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
}

export function useOverview(search: ListSearch, now: number) {
  return useQuery({
    queryKey: ["overview", search],
    queryFn: ({ signal }) => get<Overview>(`/stats/overview?${queryOf(search, now)}`, signal),
    placeholderData: keepPreviousData,
  });
}

export function useFacet(field: string, isOpen: boolean) {
  return useQuery({
    queryKey: ["facets", field],
    queryFn: ({ signal }) => get<Facets>(`/sessions/facets?field=${field}&limit=100`, signal),
    enabled: isOpen,
  });
}

/** Rows on the screen change in place. New ones go on top of the plain list, else they are only counted. */
export function useLiveList(search: ListSearch): { waiting: number; clear: () => void } {
  const queries = useQueryClient();
  const [waiting, setWaiting] = useState(0);
  const tiles = useRef<ReturnType<typeof setTimeout> | null>(null);
  const isPlain = !isFiltered(search) && (search.sort ?? DEFAULT_SORT) === DEFAULT_SORT;

  const hear = useCallback((event: LiveEvent) => {
    tiles.current ??= setTimeout(() => {
      tiles.current = null;
      void queries.invalidateQueries({ queryKey: ["overview"] });
    }, 1_000);
    if (event.kind === "reset") {
      void queries.invalidateQueries({ queryKey: ["sessions"] });
      return;
    }
    queries.setQueryData<Pages>(["sessions", search], (pages) => {
      if (!pages) return pages;
      if (event.kind === "removed") return without(pages, event.id);
      const changed = renewed(pages, event.session);
      if (changed !== pages || event.kind === "updated") return changed;
      if (isPlain && isNewest(pages, event.session.started_at)) return onTop(pages, event.session);
      setWaiting((known) => known + 1);
      return pages;
    });
  }, [queries, search, isPlain]);
  useLive(hear);
  return { waiting, clear: () => setWaiting(0) };
}

function isNewest(pages: Pages, startedAt: string | null): boolean {
  const first = pages.pages[0]?.items[0];
  return !first?.started_at || (startedAt ?? "") >= first.started_at;
}
