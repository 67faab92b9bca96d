import { type QueryClient, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { get, sessionPath } from "../api/client";
import { useLive, type LiveEvent } from "../api/live";
import type { components } from "../api/schema";
import type { BlockRange, CalledSessionList, EventDetail, EventWindow, Session } from "../api/types";
import type { SessionSearch } from "./session_search";
import { useIsShown } from "./tab_shown";
import { readConversationAgain } from "./useConversation";

export const WINDOW = 200;
const REFETCH_PAUSE_MS = 700;
const VIEWS = ["events", "timeline-tree", "timeline-marks", "agents", "metrics", "state", "traces", "context", "pipelines", "history", "children", "commands", "session-tasks", "controls", "calls", "signals-of", "decisions-of", "signal-count"];

export function useSession(key: string) {
  return useQuery({ queryKey: ["session", key], queryFn: ({ signal }) => get<Session>(sessionPath(key), signal) });
}

/** Another session that this one names by its id. */
export function useOther(id: string) {
  return useQuery({ queryKey: ["session", id], queryFn: ({ signal }) => get<Session>(sessionPath(id), signal), enabled: Boolean(id), retry: false });
}

export function windowQuery(search: SessionSearch): URLSearchParams {
  const query = new URLSearchParams();
  for (const type of search.type ?? []) query.append("type", type);
  if (search.status) query.set("status", search.status);
  if (search.agent) query.set("agent", search.agent);
  if (search.trace_id) query.set("trace_id", search.trace_id);
  if (search.q) query.set("q", search.q);
  return query;
}

export function windowOptions(key: string, filter: string, number: number) {
  return {
    queryKey: ["events", key, filter, number],
    queryFn: ({ signal }: { signal: AbortSignal }) => get<EventWindow>(
      `${sessionPath(key)}/events?offset=${number * WINDOW}&limit=${WINDOW}${filter && `&${filter}`}`, signal),
  };
}

/** One window of the timeline; windows are asked for as they scroll into view. */
export function useWindow(key: string, search: SessionSearch, number: number, isWanted: boolean) {
  const isShown = useIsShown();
  return useQuery({
    ...windowOptions(key, windowQuery(search).toString(), number),
    enabled: isWanted && isShown,
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

export function readBlock(key: string, hash: string, offset: number, signal?: AbortSignal): Promise<BlockRange> {
  return get<BlockRange>(`${sessionPath(key)}/blocks/${hash}?offset=${offset}&limit=65536`, signal);
}

export function useView<Answer>(key: string, view: string) {
  const isShown = useIsShown();
  return useQuery({
    queryKey: [view, key], queryFn: ({ signal }) => get<Answer>(`${sessionPath(key)}/${view}`, signal), enabled: isShown,
  });
}

/** A view that comes in pages, with `cursor` for the next. */
export function usePages<Answer extends { next_cursor: string | null }>(key: string, name: string, view: string, limit: number) {
  const isShown = useIsShown();
  return useInfiniteQuery({
    queryKey: [name, key],
    queryFn: ({ pageParam, signal }) => get<Answer>(
      `${sessionPath(key)}/${view}?limit=${limit}${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ""}`, signal),
    initialPageParam: "", getNextPageParam: (page) => page.next_cursor, enabled: isShown,
  });
}

export function useChildren(key: string) {
  return useView<CalledSessionList>(key, "children");
}

export function useTasksOf(key: string) {
  const isShown = useIsShown();
  return useQuery({
    queryKey: ["session-tasks", key], enabled: isShown,
    queryFn: ({ signal }) => get<components["schemas"]["TaskList"]>(`/tasks?limit=500&session=${encodeURIComponent(key)}`, signal),
  });
}

/** The session's row changes at once; what hangs on it is read again a moment after the last news. */
export function useLiveSession(key: string, id: string | undefined, onGone: (mergedInto: string | null) => void): void {
  const queries = useQueryClient();
  const pause = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => () => {
    if (pause.current) clearTimeout(pause.current);
    pause.current = null;
  }, [key]);
  const hear = useCallback((event: LiveEvent) => {
    if (event.kind === "removed") {
      if (event.id === id) onGone(event.mergedInto);
      return;
    }
    if (event.kind === "created" || event.kind === "updated") {
      if (event.session.id !== id) return;
      queries.setQueryData(["session", key], event.session);
    } else {
      void queries.invalidateQueries({ queryKey: ["session", key] });
    }
    pause.current ??= setTimeout(() => {
      pause.current = null;
      readAgain(queries, key);
    }, REFETCH_PAUSE_MS);
  }, [queries, key, id, onGone]);
  useLive(hear);
}

function readAgain(queries: QueryClient, key: string): void {
  for (const view of VIEWS) void queries.invalidateQueries({ queryKey: [view, key] });
  void readConversationAgain(queries, key);
  void queries.invalidateQueries({ predicate: (query) =>
    query.queryKey[0] === "event" && query.queryKey[1] === key && (query.state.data as EventDetail | undefined)?.ended_at == null });
}
