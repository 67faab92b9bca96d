// Assessors and what they say in the query cache, and what a person does to them.

import { keepPreviousData, type QueryClient, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { get, send } from "../api/client";
import { type LiveEvent, useLive } from "../api/live";
import type { components } from "../api/schema";
import { toast, toastError } from "../shell/toasts";
import { type AssessorSearch, feedQuery } from "./assessor_search";
import type { Assessor, AssessorBody, AssessorForm, Counts } from "./assessor_types";

type Schemas = components["schemas"];
const ALL = ["assessors"];
const FEED_PAGE = 100;
const REFETCH_PAUSE_MS = 2_000; // a review follows the news of its session; many may come at once

export function useAssessors() {
  return useQuery({
    queryKey: [...ALL, "list"],
    queryFn: async ({ signal }) => (await get<Schemas["AssessorList"]>("/assessors", signal)).items,
    refetchOnWindowFocus: "always",
  });
}

/** What each kind looks like; it changes only with the server. */
export function useAssessorForms() {
  return useQuery({
    queryKey: ["assessor-kinds"],
    queryFn: async ({ signal }): Promise<AssessorForm[]> => (await get<Schemas["AssessorKinds"]>("/assessor-kinds", signal)).items,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** By assessor id; one that has said nothing lately is not among them. */
export function useCounts() {
  useReviewNews();
  return useQuery({
    queryKey: [...ALL, "counts"],
    queryFn: async ({ signal }): Promise<Map<string, Counts>> => {
      const { items } = await get<Schemas["AssessorCountsList"]>("/assessor-counts", signal);
      return new Map(items.map((one) => [one.assessor_id, one]));
    },
    refetchOnWindowFocus: "always",
  });
}

export function useFeed(search: AssessorSearch) {
  return useInfiniteQuery({
    queryKey: [...ALL, "feed", search.of ?? "", search.outcome ?? ""],
    queryFn: ({ pageParam, signal }) => {
      const query = feedQuery(search);
      query.set("limit", String(FEED_PAGE));
      if (pageParam) query.set("cursor", pageParam);
      return get<Schemas["RecentAssessmentList"]>(`/recent-assessments?${query}`, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: "always",
  });
}

export function useSave() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, part }: { id: string | null; part: Partial<AssessorBody> }) =>
      send<Assessor>(id ? "PATCH" : "POST", id ? `/assessors/${id}` : "/assessors", part),
    onSuccess: (assessor, { id }) => {
      refresh(queries);
      toast(id ? "Saved" : "It looks at traces from now on", { tone: "ok", detail: assessor.name });
    },
  });
}

/** Switching on and off undo each other. */
export function useSwitch() {
  const queries = useQueryClient();
  const turn = async (assessor: Assessor, isActive: boolean) => {
    keep(queries, { ...assessor, is_active: isActive });
    try {
      keep(queries, await send<Assessor>("PATCH", `/assessors/${assessor.id}`, { is_active: isActive }));
    } finally {
      refresh(queries);
    }
  };
  return useMutation({
    mutationFn: (assessor: Assessor) => turn(assessor, !assessor.is_active),
    onSuccess: (_, assessor) => void toast(assessor.is_active ? "Switched off" : "Switched on", {
      detail: assessor.name, undo: () => turn(assessor, assessor.is_active),
    }),
    onError: (error) => toastError(error, "It was not switched"),
  });
}

/** What it has said stays; it cannot be taken back. */
export function useDelete() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (assessor: Assessor) => send<undefined>("DELETE", `/assessors/${assessor.id}`),
    onSuccess: (_, assessor) => {
      refresh(queries);
      toast("Deleted", { detail: assessor.name });
    },
    onError: (error) => toastError(error, "It was not deleted"),
  });
}

export function refresh(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: ALL });
}

function keep(queries: QueryClient, assessor: Assessor): void {
  queries.setQueryData<Assessor[]>([...ALL, "list"], (before) => before?.map((one) => (one.id === assessor.id ? assessor : one)));
}

/** What was said lately is read again a while after the first news of a session, not after each. */
function useReviewNews(): void {
  const queries = useQueryClient();
  const pause = useRef<ReturnType<typeof setTimeout> | null>(null);
  const hear = useCallback((_: LiveEvent) => {
    pause.current ??= setTimeout(() => {
      pause.current = null;
      void queries.invalidateQueries({ queryKey: [...ALL, "counts"] });
      void queries.invalidateQueries({ queryKey: [...ALL, "feed"] });
    }, REFETCH_PAUSE_MS);
  }, [queries]);
  useLive(hear);
}
