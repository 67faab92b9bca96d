import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";
import { sessionsRoute } from "../app/router";
import { ErrorState, Skeleton } from "../app/States";
import { count } from "../format";
import { EmptyState } from "./EmptyState";
import { FilterBar } from "./FilterBar";
import { isFiltered, type ListSearch, nextSort, queryOf } from "./list_search";
import { rowsOf } from "./live_rows";
import { useLiveList, useNow, useOverview, useSessions } from "./queries";
import { SessionTable } from "./SessionTable";
import { Tiles } from "./Tiles";

export function SessionsPage() {
  const search = sessionsRoute.useSearch();
  const navigate = useNavigate({ from: "/sessions" });
  const now = useNow(search);
  const list = useSessions(search, now);
  const overview = useOverview(search, now);
  const live = useLiveList(search);
  const rows = useMemo(() => rowsOf(list.data), [list.data]);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const change = useCallback((part: Partial<ListSearch>) => {
    live.clear();
    void navigate({ search: (before) => cleaned({ ...before, ...part }), replace: true });
  }, [live, navigate]);
  const refresh = () => {
    live.clear();
    void list.refetch();
    void overview.refetch();
  };
  useEffect(() => { document.title = "Sessions · Sojourn"; }, []);
  useKeys(() => setHelpOpen((isOpen) => !isOpen));
  const total = list.data?.pages[0]?.total;

  return (
    <div className="page list-page">
      <h1 className="visually-hidden">Sessions</h1>
      <Tiles overview={overview.data} />
      <FilterBar search={search} change={change} />
      <div className="list-head">
        <span className="total" data-testid="total">{total == null ? " " : `${count(total)} session${total === 1 ? "" : "s"}`}</span>
        {live.waiting > 0 && <button type="button" className="news" onClick={refresh} aria-live="polite">{live.waiting} new, show</button>}
        <span className="grow" />
        <a className="button subtle" href={`/api/v1/sessions/export?format=csv&${queryOf(search, now)}`} download>CSV</a>
        <a className="button subtle" href={`/api/v1/sessions/export?format=jsonl&${queryOf(search, now)}`} download>JSONL</a>
        <button type="button" className="button subtle" onClick={refresh}>Refresh</button>
      </div>
      {list.isPending ? <Skeleton /> : list.isError ? <ErrorState error={list.error} retry={refresh} />
        : rows.length === 0 ? <EmptyState isFiltered={isFiltered(search)} clear={() => void navigate({ search: {} })} />
        : <SessionTable rows={rows} total={total ?? rows.length} sort={search.sort} isStale={list.isPlaceholderData}
            onSort={(column) => change({ sort: nextSort(search.sort, column) as string })}
            onEnd={() => { if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage(); }} />}
      {isHelpOpen && <Shortcuts close={() => setHelpOpen(false)} />}
    </div>
  );
}

function cleaned(search: ListSearch): ListSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) =>
    value !== undefined && value !== "" && value !== false && !(Array.isArray(value) && value.length === 0))) as ListSearch;
}

function useKeys(help: () => void) {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && /INPUT|TEXTAREA|SELECT/.test(event.target.tagName);
      if (isTyping || event.metaKey || event.ctrlKey || event.altKey) return;
      if (event.key === "/") {
        event.preventDefault();
        document.getElementById("session-search")?.focus();
      }
      if (event.key === "?") help();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [help]);
}

function Shortcuts({ close }: { close: () => void }) {
  const keys = [["/", "search"], ["j k ↓ ↑", "next and previous session"], ["Enter", "open it"], ["Esc", "leave the search"], ["?", "this sheet"]];
  return (
    <div className="sheet" role="dialog" aria-label="Keyboard shortcuts">
      <h2>Keyboard</h2>
      <dl>{keys.map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>)}</dl>
      <button type="button" className="button" onClick={close} autoFocus>Close</button>
    </div>
  );
}
