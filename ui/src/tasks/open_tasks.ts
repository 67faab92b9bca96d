// Tasks in the query cache, and when they are read again: after news of a session that waits or has waited for
// somebody, after what this person did, and when this person comes back to the window. By the clock only for somebody
// who may not follow sessions.

import { keepPreviousData, type QueryClient, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { get } from "../api/client";
import { type LiveEvent, useLive, useLiveState } from "../api/live";
import { readTask, type Task, type TaskList } from "./requests";
import { listPart, queryOf, type TaskSearch } from "./task_search";

const PAGE = 100;
const REFETCH_PAUSE_MS = 400; // many sessions may change at once
const BLIND_MS = 15_000;

/** How many tasks are open, and whoever asks hears of new ones. The shell asks, so it holds for every page. */
export function useOpenTasks(): number {
  useTaskNews();
  const refetchInterval = useLiveState() === "off" ? BLIND_MS : false;
  const open = useQuery({
    queryKey: ["tasks", "count"],
    queryFn: ({ signal }) => get<TaskList>("/tasks?status=open&limit=1", signal),
    refetchOnWindowFocus: "always", refetchInterval,
  });
  return open.data?.total ?? 0;
}

export function useTasks(search: TaskSearch) {
  const refetchInterval = useLiveState() === "off" ? BLIND_MS : false;
  return useInfiniteQuery({
    queryKey: ["tasks", "list", listPart(search)],
    queryFn: ({ pageParam, signal }) => {
      const query = queryOf(search);
      query.set("limit", String(PAGE));
      if (pageParam) query.set("cursor", pageParam);
      return get<TaskList>(`/tasks?${query}`, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: "always", refetchInterval,
  });
}

export function useTask(id: string | undefined) {
  return useQuery({
    queryKey: ["tasks", "one", id],
    queryFn: ({ signal }) => readTask(id ?? "", signal),
    enabled: Boolean(id),
    refetchOnWindowFocus: "always",
  });
}

/** Groups that open tasks name, for the filter. */
export function useGroups(): string[] {
  const open = useTasks({});
  const named = (open.data?.pages ?? []).flatMap((page) => page.items).map((task) => task.group).filter(Boolean);
  return [...new Set(named)].sort();
}

/** What came of this person's own action stands at once; the lists follow. */
export function keep(queries: QueryClient, task: Task): void {
  queries.setQueryData(["tasks", "one", task.id], task);
  void queries.invalidateQueries({ queryKey: ["tasks"] });
}

function useTaskNews(): void {
  const queries = useQueryClient();
  const pause = useRef<ReturnType<typeof setTimeout> | null>(null);
  const waiting = useRef(new Set<string>());
  const hear = useCallback((event: LiveEvent) => {
    if (!mayTouchTasks(event, waiting.current, () => sessionsOfOpenTasks(queries))) return;
    pause.current ??= setTimeout(() => {
      pause.current = null;
      void queries.invalidateQueries({ queryKey: ["tasks"] });
    }, REFETCH_PAUSE_MS);
  }, [queries]);
  useLive(hear);
}

/** Whether tasks may have changed; keeps in `waiting` which sessions wait for somebody. */
export function mayTouchTasks(event: LiveEvent, waiting: Set<string>, known: () => Set<string>): boolean {
  if (event.kind === "reset") return true;
  if (event.kind === "removed") return waiting.delete(event.id) || known().has(event.id);
  const { id, attention, waiting_on } = event.session;
  const waits = attention === "awaiting_action" || waiting_on === "human_task" || waiting_on === "review";
  const waited = waiting.has(id);
  if (waits) waiting.add(id);
  else waiting.delete(id);
  return waits || waited || known().has(id);
}

function sessionsOfOpenTasks(queries: QueryClient): Set<string> {
  const lists = queries.getQueriesData<{ pages: TaskList[] }>({ queryKey: ["tasks", "list"] });
  const tasks = lists.flatMap(([, list]) => list?.pages ?? []).flatMap((page) => page.items);
  return new Set(tasks.filter((task) => task.status === "open").map((task) => task.session_id));
}
