import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useWorkspace } from "../access/AccessContext";
import { ALL, referenceOf } from "../api/workspace";
import { sessionsRoute } from "../app/router";
import { ErrorState, Skeleton } from "../app/States";
import type { Session } from "../api/types";
import { useShortcuts } from "../shell/shortcuts";
import { useTitle } from "../shell/title";
import { Actions } from "./Actions";
import { BulkBar } from "./BulkBar";
import { EmptyState } from "./EmptyState";
import { FilterBar } from "./FilterBar";
import { ListHead } from "./ListHead";
import { useClickOpens, useColumns, useFocusedRow, useTree } from "./list_hooks";
import { LIST_SHORTCUTS, useListKeys } from "./list_keys";
import { noteList } from "./list_before";
import { cleaned, DEFAULT_PANE, isFiltered, type ListSearch, nextSort, unfiltered } from "./list_search";
import { useLiveList } from "./live_list";
import { type News, rowsOf } from "./live_rows";
import { searchedWords } from "./passage";
import { Preview } from "./Preview";
import { listQuery, useNow, useOverview, useSessions } from "./queries";
import { heard, NOTHING, type Selection, stateOf, toggledAll, toggledRange, toggledRow } from "./selection";
import type { RowEvents } from "./SessionRow";
import { SessionTable } from "./SessionTable";
import { Tiles } from "./Tiles";
import { TrendsPanel } from "./TrendsPanel";
import type { Verb } from "./verbs";
import "./sessions.css";

export function SessionsPage() {
  const workspace = useWorkspace();
  const search = useListSearch();
  const navigate = useNavigate({ from: "/sessions" });
  const [now, renewNow] = useNow(search);
  const query = useMemo(() => listQuery(search, now), [search, now]);
  const list = useSessions(query);
  const overview = useOverview(query);
  const rows = useMemo(() => rowsOf(list.data), [list.data]);
  const change = useCallback((part: Partial<ListSearch>) => {
    void navigate({ search: (before) => cleaned({ ...before, ...part }), replace: true });
  }, [navigate]);
  const tree = useTree(rows);
  const selection = useSelection(tree.sessions);
  const { scroller, isPointed, isHeld } = useHold();
  const live = useLiveList(query, isFiltered(search), isHeld, selection.hear);
  const columns = useColumns(search.columns, change, workspace === ALL);
  const focus = useFocusedRow(tree.rows);
  const [clickOpens, setClickOpens] = useClickOpens();
  const toTop = () => scroller.current?.scrollTo({ top: 0 });
  const refresh = () => {
    live.clear();
    renewNow();
    void list.refetch();
    void overview.refetch();
    toTop();
  };
  useEffect(() => noteList(workspace), [workspace]);
  const { clear } = selection;
  useEffect(() => {
    clear();
    scroller.current?.scrollTo({ top: 0 });
  }, [query.text, clear, scroller]);
  useTitle("Sessions");
  useShortcuts("Sessions", LIST_SHORTCUTS);

  const closePreview = useCallback(() => change({ open: "", pane: DEFAULT_PANE }), [change]);
  const peek = useCallback((session: Session) => change({ open: referenceOf(session, workspace) }), [change, workspace]);
  const open = useCallback((session: Session, isOtherWay: boolean) => {
    if (isOtherWay !== (clickOpens === "drawer")) peek(session);
    else void navigate({ to: "/sessions/$key", params: { key: session.key }, search: workspace === ALL ? { workspace: session.workspace_id } : {} });
  }, [clickOpens, navigate, peek, workspace]);
  const { toggle } = tree;
  const { focusOn } = focus;
  const { select } = selection;
  const events = useMemo<RowEvents>(() => ({
    onOpen: open, onPeek: peek, onSelect: select, onExpand: toggle, onFocus: focusOn,
  }), [open, peek, select, toggle, focusOn]);
  const focused = focus.row;
  useListKeys({
    move: (step) => {
      const row = focus.move(step);
      if (row && search.open) peek(row.session);
    },
    fold: (isOpen) => { if (focused?.hasChildren && focused.isExpanded !== isOpen) toggle(focused.session); },
    open: () => { if (focused) open(focused.session, false); },
    peek: () => {
      if (focused && search.open === referenceOf(focused.session, workspace)) closePreview();
      else if (focused) peek(focused.session);
    },
    tick: () => { if (focused) select(focused.session, false); },
    leave: () => { if (search.open) closePreview(); else clear(); },
    search: () => document.getElementById("session-search")?.focus(),
  });
  const total = list.data?.pages[0]?.total;
  const onEnd = () => { if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage(); };

  return (
    <Actions onDone={selection.forget}>
      <div className="page list-page">
        <h1 className="visually-hidden">Sessions</h1>
        <Tiles overview={overview.data} search={search} />
        <FilterBar search={search} change={change} />
        {search.trends && <TrendsPanel search={search} query={query} now={now} change={change} />}
        <ListHead total={total} waiting={live.waiting} showNew={() => { if (live.show()) toTop(); else refresh(); }} refresh={refresh} isBusy={list.isFetching}
          search={search} query={query} change={change} columns={columns} clickOpens={clickOpens} setClickOpens={setClickOpens}
          openView={(kept) => void navigate({ search: kept })} />
        <div className="list-body">
          <div className="list-main">
            {list.isPending ? <Skeleton /> : list.isError && rows.length === 0 ? <ErrorState error={list.error} retry={refresh} />
              : rows.length === 0 ? <EmptyState isFiltered={isFiltered(search)} clear={() => void navigate({ search: unfiltered })} />
              : <SessionTable rows={tree.rows} callers={tree.callers} total={total ?? rows.length} columns={columns.shown} sort={search.sort} words={searchedWords(search.q ?? "")}
                  isStale={list.isPlaceholderData} selected={selection.ids} ticked={stateOf(selection.chosen, tree.sessions)} focusedKey={focus.key} openKey={search.open}
                  scroller={scroller} toPlace={focus.toPlace} events={events} onSort={(column) => change({ sort: nextSort(search.sort, column) as string })}
                  onTickAll={selection.tickAll} onEnd={onEnd} onView={tree.look} onMore={(parent) => tree.more(parent.id)}
                  onPointer={(isOver) => { isPointed.current = isOver; if (!isOver && !isHeld()) live.show(); }}
                  onScroll={() => { if (live.waiting && !isHeld()) live.show(); }} />}
            <BulkBar selection={selection.chosen} clear={clear} />
          </div>
          {search.open && <Preview sessionKey={search.open} pane={search.pane ?? DEFAULT_PANE} choose={(pane) => change({ pane })} close={closePreview} />}
        </div>
      </div>
    </Actions>
  );
}

/** What the page shows, apart from where: the workspace is a matter of the whole app. */
function useListSearch(): ListSearch {
  const whole = sessionsRoute.useSearch();
  return useMemo(() => {
    const { workspace: _, ...own } = whole;
    return own;
  }, [whole]);
}

/** Rows must not move while somebody points at them or has scrolled. */
function useHold() {
  const scroller = useRef<HTMLDivElement>(null);
  const isPointed = useRef(false);
  const isHeld = useCallback(() => isPointed.current || (scroller.current?.scrollTop ?? 0) > 0, []);
  return { scroller, isPointed, isHeld };
}

function useSelection(shown: readonly Session[]) {
  const [chosen, setChosen] = useState<Selection>(NOTHING);
  const anchor = useRef("");
  const latest = useRef(shown);
  latest.current = shown;
  const select = useCallback((session: Session, isRange: boolean) => {
    const from = latest.current.findIndex((row) => row.id === anchor.current);
    const to = latest.current.findIndex((row) => row.id === session.id);
    anchor.current = session.id;
    setChosen((before) => (isRange && from >= 0 ? toggledRange(before, latest.current, from, to) : toggledRow(before, session)));
  }, []);
  const hear = useCallback((news: News) => setChosen((before) => heard(before, news)), []);
  const forget = useCallback((verb: Verb, ids: string[]) => {
    if (verb === "delete") setChosen((before) => heard(before, new Map(ids.map((id) => [id, null]))));
  }, []);
  const clear = useCallback(() => setChosen(NOTHING), []);
  const ids = useMemo(() => new Set(chosen.keys()), [chosen]);
  return { chosen, ids, select, hear, forget, clear, tickAll: () => setChosen((before) => toggledAll(before, latest.current)) };
}
