// Signals and decisions in the query cache, and when they are read again: as the live stream tells of them.

import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { get } from "../api/client";
import { type SignalEvent, useLiveSignals } from "../api/live";
import type { components } from "../api/schema";
import { readReference } from "../api/workspace";
import { useIsShown } from "../session/tab_shown";
import { onlyFirst, type Pages, settled, type SignalList, without } from "./signal_rows";
import { queryOf, RANGES, type SignalSearch } from "./signal_search";

type DecisionList = components["schemas"]["DecisionList"];
type SignalFacets = components["schemas"]["SignalFacets"];
type PolicyList = components["schemas"]["PolicyList"];
const PAGE = 100;
const REFETCH_PAUSE_MS = 500; // many signals may fire at once
const ROUND_MS = 60_000; // a range begins at a whole minute, so that the same view is the same query

export function useFeed(search: SignalSearch) {
  const [now, setNow] = useState(Date.now);
  const text = useMemo(() => queryOf(search, Math.floor(now / ROUND_MS) * ROUND_MS).toString(), [search, now]);
  const key = useMemo(() => ["signals", "feed", text], [text]);
  const feed = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => get<SignalList>(`/signals?limit=${PAGE}${text && `&${text}`}${pageParam && `&cursor=${encodeURIComponent(pageParam)}`}`, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
  /** A relative range counts back from now again. */
  const renew = useCallback(() => { if (RANGES[search.range ?? "all"] != null) setNow(Date.now()); }, [search.range]);
  return { feed, key, renew };
}

/** News are read at once while somebody is at the top of the feed, and counted while they are elsewhere. */
export function useFeedNews(key: readonly unknown[], isHeld: () => boolean) {
  const queries = useQueryClient();
  const pause = useRef<ReturnType<typeof setTimeout> | null>(null);
  const unread = useRef(new Set<string>());
  const [waiting, setWaiting] = useState(0);
  const show = useCallback(() => {
    unread.current.clear();
    setWaiting(0);
    queries.setQueryData<Pages>(key, (pages) => pages && onlyFirst(pages));
    void queries.invalidateQueries({ queryKey: ["signals", "feed"] });
    void queries.invalidateQueries({ queryKey: ["signals", "facets"] });
  }, [queries, key]);
  const latest = useRef({ show, isHeld });
  useEffect(() => { latest.current = { show, isHeld }; });
  useEffect(() => () => { if (pause.current) clearTimeout(pause.current); }, []);
  const later = useCallback(() => {
    pause.current ??= setTimeout(() => {
      pause.current = null;
      if (latest.current.isHeld()) setWaiting(unread.current.size);
      else latest.current.show();
    }, REFETCH_PAUSE_MS);
  }, []);
  const hear = useCallback((event: SignalEvent) => {
    const pages = queries.getQueryData<Pages>(key);
    if (event.kind === "removed") {
      unread.current.delete(event.id);
      if (pages) queries.setQueryData<Pages>(key, without(pages, (signal) => signal.id === event.id));
      return;
    }
    if (event.kind === "changed") {
      const after = pages && settled(pages, event.signal);
      if (after) return void queries.setQueryData<Pages>(key, after);
      unread.current.add(event.signal.id);
    }
    later();
  }, [queries, key, later]);
  useLiveSignals(hear);
  return { waiting, show };
}

/** What the feed can be filtered by. */
export function useSignalFacets() {
  return useQuery({ queryKey: ["signals", "facets"], queryFn: ({ signal }) => get<SignalFacets>("/signal-facets", signal) });
}

export function useSignalsOf(sessionKey: string) {
  const isShown = useIsShown();
  return useInfiniteQuery({
    queryKey: ["signals-of", sessionKey], enabled: isShown,
    queryFn: ({ pageParam, signal }) => readOf<SignalList>(sessionKey, `/signals?limit=${PAGE}${pageParam && `&cursor=${encodeURIComponent(pageParam)}`}`, signal),
    initialPageParam: "", getNextPageParam: (page) => page.next_cursor,
  });
}

export function useDecisionsOf(sessionKey: string) {
  const isShown = useIsShown();
  return useInfiniteQuery({
    queryKey: ["decisions-of", sessionKey], enabled: isShown,
    queryFn: ({ pageParam, signal }) => readOf<DecisionList>(sessionKey, `/decisions?limit=${PAGE}${pageParam && `&cursor=${encodeURIComponent(pageParam)}`}`, signal),
    initialPageParam: "", getNextPageParam: (page) => page.next_cursor,
  });
}

/** How many signals a session has, for the name of a tab. */
export function useSignalCount(sessionKey: string): number {
  const counted = useQuery({
    queryKey: ["signal-count", sessionKey],
    queryFn: async ({ signal }) => (await readOf<SignalList>(sessionKey, "/signals?limit=1", signal)).total,
    retry: false,
  });
  return counted.data ?? 0;
}

/** Policies by their ids, for what names one. */
export function usePolicyNames(): Map<string, string> {
  const policies = useQuery({
    queryKey: ["signals", "policies"], staleTime: 300_000, retry: false,
    queryFn: async ({ signal }) => (await get<PolicyList>("/policies", signal)).items,
  });
  return useMemo(() => new Map((policies.data ?? []).map((one) => [one.id, one.name || one.type])), [policies.data]);
}

/** A session of another workspace is named with it. */
function readOf<Answer>(sessionKey: string, path: string, signal: AbortSignal): Promise<Answer> {
  const own = readReference(sessionKey);
  return get<Answer>(`${path}&session=${encodeURIComponent(own?.id ?? sessionKey)}`, signal, own?.workspace);
}
