import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import type { components } from "../api/schema";
import type { ListSearch } from "./list_search";
import { type Bucket, type Width, widthOf } from "./trends";

type Trends = components["schemas"]["Trends"];
const NO_SESSION = { items: [] };

export function useTrends(search: ListSearch, text: string, now: number) {
  const first = useQuery({
    queryKey: ["trend-first", text],
    queryFn: ({ signal }) => get<{ items: { started_at: string | null }[] }>(`/sessions?${text}&sort=started_at&limit=1`, signal),
    enabled: !search.from && !search.range, placeholderData: keepPreviousData,
  });
  const firstAt = (first.data ?? NO_SESSION).items[0]?.started_at;
  const width = widthOf(search, now, firstAt ? Date.parse(firstAt) : null);
  const found = useQuery({ ...trendOptions(text, width, search.by ?? ""), enabled: !first.isLoading, placeholderData: keepPreviousData });
  return { buckets: (found.data?.buckets ?? []) as Bucket[], isPending: found.isPending, error: found.error, retry: () => void found.refetch(), width };
}

function trendOptions(text: string, width: Width, by: string) {
  return {
    queryKey: ["trends", text, width, by],
    queryFn: ({ signal }: { signal: AbortSignal }) => get<Trends>(`/stats/trends?${text}&bucket=${width}${by && `&by=${by}`}`, signal),
  };
}
