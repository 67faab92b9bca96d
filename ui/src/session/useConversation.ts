import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { get, sessionPath } from "../api/client";
import type { Conversation } from "../api/types";
import { useIsShown } from "./tab_shown";

const PAGE = 60;

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
