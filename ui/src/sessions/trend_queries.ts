import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import type { components } from "../api/schema";
import type { ListSearch } from "./list_search";
import { type Bucket, labelled, MAX_LINES, type Width, widthOf } from "./trends";

type Trends = components["schemas"]["Trends"];
type Models = components["schemas"]["ModelStatsList"];
const NO_SESSION = { items: [] };

/** The server groups by what a session has one of. Models are asked for one by one: the most used. */
export function useTrends(search: ListSearch, text: string, now: number) {
  const by = search.by ?? "";
  const first = useQuery({
    queryKey: ["trend-first", text],
    queryFn: ({ signal }) => get<{ items: { started_at: string | null }[] }>(`/sessions?${text}&sort=started_at&limit=1`, signal),
    enabled: !search.from && !search.range, placeholderData: keepPreviousData,
  });
  const firstAt = (first.data ?? NO_SESSION).items[0]?.started_at;
  const width = widthOf(search, now, firstAt ? Date.parse(firstAt) : null);
  const isReady = !first.isLoading;
  const plain = useQuery({ ...trendOptions(text, width, by === "model" ? "" : by), enabled: isReady && by !== "model", placeholderData: keepPreviousData });
  const models = useQuery({
    queryKey: ["trend-models", text], queryFn: ({ signal }) => get<Models>(`/stats/models?${text}`, signal), enabled: by === "model",
  });
  const names = by === "model" ? [...new Set((models.data?.items ?? []).map((use) => use.model))].slice(0, MAX_LINES) : [];
  const single = useQueries({
    queries: names.map((name) => trendOptions(`${text}&${new URLSearchParams({ model: name })}`, width, "")),
    combine: (answers) => ({
      buckets: labelled(answers.map((answer, place) => ({ label: names[place] ?? "", buckets: answer.data?.buckets ?? [] }))),
      isPending: answers.some((answer) => answer.isPending), error: answers.find((answer) => answer.error)?.error ?? null,
      retry: () => answers.forEach((answer) => void answer.refetch()),
    }),
  });
  if (by === "model") return { ...single, isPending: models.isPending || single.isPending, error: models.error ?? single.error, width };
  return { buckets: (plain.data?.buckets ?? []) as Bucket[], isPending: plain.isPending, error: plain.error, retry: () => void plain.refetch(), width };
}

function trendOptions(text: string, width: Width, by: string) {
  return {
    queryKey: ["trends", text, width, by],
    queryFn: ({ signal }: { signal: AbortSignal }) => get<Trends>(`/stats/trends?${text}&bucket=${width}${by && `&by=${by}`}`, signal),
  };
}
