import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { get, send } from "../api/client";
import { type LiveEvent, useLive } from "../api/live";
import type { components } from "../api/schema";
import type { Experiment, NewExperiment } from "./experiment_draft";
import { type ComparisonSearch, comparisonQuery } from "./experiment_search";
import type { Comparison } from "./measure_words";

type ExperimentList = components["schemas"]["ExperimentList"];
type Change = Partial<Omit<NewExperiment, "id">>;
const LIST_PAUSE_MS = 5_000; // between the first news and counting anew
const COMPARISON_PAUSE_MS = 15_000; // it reads every session of the experiment

export function useExperiments() {
  useNews("experiments", LIST_PAUSE_MS, isOfAny);
  return useQuery({ queryKey: ["experiments"], queryFn: ({ signal }) => get<ExperimentList>("/experiments", signal) });
}

export function useComparison(id: string, search: ComparisonSearch) {
  useNews("comparison", COMPARISON_PAUSE_MS, useCallback((named: string) => named === id, [id]));
  return useQuery({
    queryKey: ["comparison", id, search],
    queryFn: ({ signal }) => get<Comparison>(`${pathOf(id)}/comparison?${comparisonQuery(search, Date.now())}`, signal),
    placeholderData: (before, query) => (query?.queryKey[1] === id ? before : undefined),
  });
}

export function useCreate() {
  return useChanging((body: NewExperiment) => send<Experiment>("POST", "/experiments", body));
}

export function useChange(id: string) {
  return useChanging((change: Change) => send<Experiment>("PATCH", pathOf(id), change));
}

export function useDelete(id: string) {
  return useChanging((_: void) => send<undefined>("DELETE", pathOf(id)));
}

export function refresh(queries: QueryClient): Promise<unknown> {
  return Promise.all([queries.invalidateQueries({ queryKey: ["experiments"] }), queries.invalidateQueries({ queryKey: ["comparison"] })]);
}

function useChanging<Sent, Answer>(mutationFn: (sent: Sent) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => void refresh(queries) });
}

function pathOf(id: string): string {
  return `/experiments/${encodeURIComponent(id)}`;
}

const isOfAny = (named: string) => named !== "";

/** Counted anew a while after the first news that concern it, not after each. */
function useNews(key: string, pauseMs: number, concerns: (experiment: string) => boolean): void {
  const queries = useQueryClient();
  const pause = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => () => { if (pause.current) clearTimeout(pause.current); pause.current = null; }, []);
  useLive(useCallback((news: LiveEvent) => {
    const isNamed = news.kind === "created" || news.kind === "updated";
    if (isNamed && !concerns(news.session.experiment_id)) return;
    pause.current ??= setTimeout(() => {
      pause.current = null;
      void queries.invalidateQueries({ queryKey: [key] });
    }, pauseMs);
  }, [queries, key, pauseMs, concerns]));
}
