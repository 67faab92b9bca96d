import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { get, sessionPath } from "../api/client";
import { useLive, type LiveEvent } from "../api/live";
import type { BlockRange, Conversation, EventDetail, EventWindow, Session } from "../api/types";
import type { SessionSearch } from "./session_search";

export const WINDOW = 200;
const REFETCH_PAUSE_MS = 700;

export function useSession(key: string) {
  return useQuery({ queryKey: ["session", key], queryFn: ({ signal }) => get<Session>(sessionPath(key), signal) });
}

export function useConversation(key: string, q: string) {
  return useInfiniteQuery({
    queryKey: ["conversation", key, q],
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: "60" });
      if (q) query.set("q", q);
      if (pageParam) query.set("after", pageParam);
      return get<Conversation>(`${sessionPath(key)}/conversation?${query}`, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function windowQuery(search: SessionSearch): URLSearchParams {
  const query = new URLSearchParams();
  for (const type of search.type ?? []) query.append("type", type);
  if (search.status) query.set("status", search.status);
  if (search.agent) query.set("agent", search.agent);
  if (search.q) query.set("q", search.q);
  return query;
}

/** One window of the timeline; windows are asked for as they scroll into view. */
export function useWindow(key: string, search: SessionSearch, number: number, isWanted: boolean) {
  const query = windowQuery(search);
  return useQuery({
    queryKey: ["events", key, query.toString(), number],
    queryFn: ({ signal }) => {
      query.set("offset", String(number * WINDOW));
      query.set("limit", String(WINDOW));
      return get<EventWindow>(`${sessionPath(key)}/events?${query}`, signal);
    },
    enabled: isWanted,
    placeholderData: (previous) => previous,
  });
}

export function useEvent(key: string, eventId: string | undefined) {
  return useQuery({
    queryKey: ["event", key, eventId],
    queryFn: ({ signal }) => get<EventDetail>(`${sessionPath(key)}/events/${encodeURIComponent(eventId ?? "")}`, signal),
    enabled: Boolean(eventId),
  });
}

export function readBlock(key: string, hash: string, offset: number): Promise<BlockRange> {
  return get<BlockRange>(`${sessionPath(key)}/blocks/${hash}?offset=${offset}&limit=65536`);
}

export function useView<Answer>(key: string, view: string) {
  return useQuery({ queryKey: [view, key], queryFn: ({ signal }) => get<Answer>(`${sessionPath(key)}/${view}`, signal) });
}

/** The session's row changes at once; what hangs on it is read again a moment after the last news. */
export function useLiveSession(key: string, id: string | undefined): void {
  const queries = useQueryClient();
  const pause = useRef<ReturnType<typeof setTimeout> | null>(null);
  const hear = useCallback((event: LiveEvent) => {
    if (event.kind === "removed" || event.kind === "created" || event.kind === "updated") {
      const changed = event.kind === "removed" ? event.id : event.session.id;
      if (changed !== id) return;
      if (event.kind !== "removed") queries.setQueryData(["session", key], event.session);
    }
    pause.current ??= setTimeout(() => {
      pause.current = null;
      for (const view of ["events", "conversation", "agents", "metrics", "session"]) {
        void queries.invalidateQueries({ queryKey: [view, key] });
      }
    }, REFETCH_PAUSE_MS);
  }, [queries, key, id]);
  useLive(hear);
}
