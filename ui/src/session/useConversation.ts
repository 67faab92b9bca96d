import { type InfiniteData, type QueryClient, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { get, sessionPath } from "../api/client";
import type { Conversation } from "../api/types";
import { useIsShown } from "./tab_shown";

const PAGE = 60;
const FEW_PAGES = 2;

function readPage(key: string, find: string, after: string, signal?: AbortSignal): Promise<Conversation> {
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (find) query.set("q", find);
  if (after) query.set("after", after);
  return get<Conversation>(`${sessionPath(key)}/conversation?${query}`, signal);
}

/** The conversation, page by page as it is scrolled. */
export function useConversation(key: string, find: string) {
  const isShown = useIsShown();
  const pages = useInfiniteQuery({
    queryKey: ["conversation", key, find],
    queryFn: ({ pageParam, signal }) => readPage(key, find, pageParam, signal),
    initialPageParam: "", getNextPageParam: (page) => page.next_cursor, enabled: isShown,
  });
  const items = useMemo(() => (pages.data?.pages ?? []).flatMap((page) => page.items), [pages.data]);
  return { ...pages, items, total: pages.data?.pages.at(-1)?.total ?? 0 };
}

/** News stand at the end: of a conversation that was read far, only the last page is read again. */
export async function readConversationAgain(queries: QueryClient, key: string): Promise<void> {
  type Pages = InfiniteData<Conversation, string>;
  for (const [queryKey, known] of queries.getQueriesData<Pages>({ queryKey: ["conversation", key] })) {
    const last = (known?.pages.length ?? 0) - 1;
    const isRead = queries.getQueryCache().find({ queryKey, exact: true })?.isActive() ?? false;
    if (last < FEW_PAGES || !isRead) {
      void queries.invalidateQueries({ queryKey, exact: true });
      continue;
    }
    const after = known!.pageParams[last] ?? "";
    const page = await readPage(key, String(queryKey[2] ?? ""), after).catch(() => null);
    if (page) queries.setQueryData<Pages>(queryKey, (now) => (now?.pageParams[last] === after ? { ...now, pages: now.pages.map((one, place) => (place === last ? page : one)) } : now));
  }
}
