import { keepPreviousData, useInfiniteQuery, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { get, sessionPath } from "../api/client";
import type { CalledSessionList, Facets, Overview, Session, SessionList } from "../api/types";
import { openOf } from "../session/calls_out";
import { DEFAULT_SORT, type ListSearch, queryOf } from "./list_search";
import type { Children } from "./tree_rows";

const PAGE = 100;
const CHILDREN = 100;
const PARENTS_AT_ONCE = 20; // that one request may ask about
export const FACET_LIMIT = 100;

/** The view as one text: what the server is asked, apart from paging. */
export interface ListQuery { text: string; sort: string }

/** A relative range counts back from when the view was opened or refreshed, so that paging stays on one set of rows. */
export function useNow(search: ListSearch): [number, () => void] {
  const kept = useRef({ range: search.range, now: Date.now() });
  const [, redraw] = useState(0);
  if (kept.current.range !== search.range) kept.current = { range: search.range, now: Date.now() };
  return [kept.current.now, () => {
    kept.current = { range: search.range, now: Date.now() };
    redraw((turn) => turn + 1);
  }];
}

export function listQuery(search: ListSearch, now: number): ListQuery {
  return { text: queryOf(search, now).toString(), sort: search.sort ?? DEFAULT_SORT };
}

export function useSessions({ text, sort }: ListQuery) {
  return useInfiniteQuery({
    queryKey: ["sessions", text, sort],
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams(text);
      query.set("sort", sort);
      query.set("limit", String(PAGE));
      if (pageParam) query.set("cursor", pageParam);
      return get<SessionList>(`/sessions?${query}`, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
}

export function useOverview({ text }: ListQuery) {
  return useQuery({
    queryKey: ["overview", text],
    queryFn: ({ signal }) => get<Overview>(`/stats/overview?${text}`, signal),
    placeholderData: keepPreviousData,
  });
}

export function useFacet(field: string, prefix: string, isWanted: boolean) {
  return useQuery({
    queryKey: ["facets", field, prefix],
    queryFn: ({ signal }) => get<Facets>(`/sessions/facets?${new URLSearchParams({ field, prefix, limit: String(FACET_LIMIT) })}`, signal),
    enabled: isWanted,
    placeholderData: keepPreviousData,
  });
}

/** Which of these rows have called other sessions: asked once for each, a few at a time, as they come into view. */
export function useParents(rows: readonly Session[], from: number, to: number): ReadonlySet<string> {
  const queries = useQueryClient();
  const [parents, setParents] = useState<ReadonlySet<string>>(new Set());
  const asked = useRef(new Set<string>());
  useEffect(() => {
    const ids = rows.slice(from, to).map((row) => row.id).filter((id) => !asked.current.has(id));
    for (let place = 0; place < ids.length; place += PARENTS_AT_ONCE) {
      const some = ids.slice(place, place + PARENTS_AT_ONCE);
      some.forEach((id) => asked.current.add(id));
      queries.fetchQuery({ queryKey: ["parents", some], staleTime: Infinity, queryFn: ({ signal }) => readParents(some, signal) }).then(
        (found) => { if (found.length) setParents((before) => new Set([...before, ...found])); },
        () => some.forEach((id) => asked.current.delete(id)),  // asked again when they next come into view
      );
    }
  }, [queries, rows, from, to]);
  return parents;
}

async function readParents(ids: readonly string[], signal: AbortSignal): Promise<string[]> {
  const query = new URLSearchParams(ids.map((id) => ["parent", id]));
  query.set("limit", "500");
  const answer = await get<SessionList>(`/sessions?${query}`, signal);
  const told = new Set(answer.items.map((child) => child.parent_session_id));
  return answer.next_cursor ? [...ids] : [...told]; // too many to tell: each of them may have some
}

/** What the sessions are called that called these rows, where no row tells it: asked for a few at a time. */
export function useCallers(rows: readonly Session[], from: number, to: number): ReadonlyMap<string, string> {
  const missing = useMemo(() => {
    const listed = new Set(rows.map((row) => row.id));
    const callers = rows.slice(from, to).map((row) => row.parent_session_id).filter((id) => id && !listed.has(id));
    return [...new Set(callers)].sort();
  }, [rows, from, to]);
  const found = useQuery({
    queryKey: ["callers", missing], staleTime: Infinity, enabled: missing.length > 0, placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get<SessionList>(`/sessions?limit=200&${new URLSearchParams(missing.map((id) => ["id", id]))}`, signal),
  });
  return useMemo(() => new Map([...(found.data?.items ?? []), ...rows].map((row) => [row.id, row.goal || row.key])), [found.data, rows]);
}

/** The called sessions of every row that is unfolded. */
export function useChildren(expanded: ReadonlySet<string>, pages: ReadonlyMap<string, number>, references: ReadonlyMap<string, string>): ReadonlyMap<string, Children> {
  const ids = useMemo(() => [...expanded], [expanded]);
  return useQueries({
    queries: ids.map((id) => ({
      queryKey: ["called", id, pages.get(id) ?? 1],
      queryFn: ({ signal }: { signal: AbortSignal }) => readChildren(references.get(id) ?? id, (pages.get(id) ?? 1) * CHILDREN, signal),
      placeholderData: keepPreviousData,
    })),
    combine: (answers) => new Map(answers.map((answer, place) => [ids[place] ?? "", {
      items: answer.data?.items ?? [], hasMore: answer.data?.next_cursor != null, isLoading: answer.isPending,
    }])),
  });
}

async function readChildren(reference: string, limit: number, signal: AbortSignal): Promise<SessionList> {
  const called = await get<CalledSessionList>(`${sessionPath(reference)}/children?limit=${Math.min(500, limit)}`, signal);
  return { ...called, items: openOf(called.items) };
}

/** Which of these sessions the view would show, as they are now. */
export async function matching({ text }: ListQuery, ids: readonly string[]): Promise<Session[]> {
  const query = new URLSearchParams(text);
  for (const id of ids) query.append("id", id);
  query.set("limit", String(ids.length));
  return (await get<SessionList>(`/sessions?${query}`)).items;
}
