import { keepPreviousData, type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { get } from "../api/client";
import type { components } from "../api/schema";
import { type LiveEvent, useLive } from "../api/live";
import { DAY_MS } from "./agent_health";
import { type Counted, rangeQuery } from "./agent_rows";
import type { AgentSearch } from "./agent_search";

type AgentStatsList = components["schemas"]["AgentStatsList"];
type RuntimeList = components["schemas"]["RuntimeList"];
const REFETCH_PAUSE_MS = 3_000; // counting reads every session of the range
const MAX_RUNTIMES = 200;

export function useAgents(search: AgentSearch) {
  useAgentNews();
  return useQuery({
    queryKey: ["agents", search.range ?? "all"],
    queryFn: async ({ signal }): Promise<Counted> => {
      const now = Date.now();
      const dayAgo = new Date(now - DAY_MS).toISOString();
      const read = async (query: URLSearchParams) => (await get<AgentStatsList>(`/stats/agents?${query}`, signal)).items;
      const isAll = !search.range;
      const [ever, lastDay, before, inRange] = await Promise.all([
        read(new URLSearchParams()),
        read(new URLSearchParams({ started_after: dayAgo })),
        read(new URLSearchParams({ started_before: dayAgo })),
        isAll ? null : read(rangeQuery(search, now)),
      ]);
      return { ever, lastDay, before, chosen: inRange ?? ever };
    },
    placeholderData: keepPreviousData,
  });
}

export function useRuntimes() {
  return useQuery({
    queryKey: ["runtimes"],
    queryFn: async ({ signal }) => (await get<RuntimeList>(`/runtimes?limit=${MAX_RUNTIMES}`, signal)).items,
    refetchOnWindowFocus: "always",
  });
}

export function refresh(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: ["agents"] });
  void queries.invalidateQueries({ queryKey: ["runtimes"] });
}

/** The numbers are counted anew a while after the first news, not after each. */
function useAgentNews(): void {
  const queries = useQueryClient();
  const pause = useRef<ReturnType<typeof setTimeout> | null>(null);
  const hear = useCallback((_: LiveEvent) => {
    pause.current ??= setTimeout(() => {
      pause.current = null;
      refresh(queries);
    }, REFETCH_PAUSE_MS);
  }, [queries]);
  useLive(hear);
}
