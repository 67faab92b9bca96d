import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useMyName } from "../access/AccessContext";
import { ErrorState, Skeleton } from "../app/States";
import { count } from "../format";
import { useNow } from "../shell/now";
import { useRowKeys } from "../shell/row_keys";
import { type Shortcut, useShortcuts } from "../shell/shortcuts";
import { useTitle } from "../shell/title";
import { useTask, useTasks } from "./open_tasks";
import type { Task } from "./requests";
import { type Change, TaskFilters } from "./TaskFilters";
import { TaskPanel } from "./TaskPanel";
import { TaskRow } from "./TaskRow";
import { isMine, isNarrowed, type TaskSearch } from "./task_search";
import "./tasks.css";

const route = getRouteApi("/tasks");
const KEYS: readonly Shortcut[] = [["j k", "next and previous task"], ["/", "search"], ["Esc", "close the task"]];

export function TasksPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const now = useNow();
  const me = useMyName();
  const list = useTasks(search);
  const shown = useTask(search.task);
  const tasks = useMemo(() => rowsOf(list.data?.pages.flatMap((page) => page.items) ?? [], search, me), [list.data, search, me]);
  const change = useCallback<Change>((part) => {
    void navigate({ search: (before) => cleaned({ ...before, ...part }), replace: true });
  }, [navigate]);
  const changeWords = useCallback((q: string) => change({ q: q || undefined }), [change]);
  const refresh = () => void Promise.all([list.refetch(), shown.isEnabled && shown.refetch()]);
  useTitle(shown.data ? `${shown.data.title.slice(0, 60)} · Work Center` : "Work Center");
  useShortcuts("Work Center", KEYS);
  useRowKeys({
    ids: tasks.map((task) => task.id), at: () => search.task,
    to: (id) => {
      change({ task: id });
      document.querySelector(`[data-task="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest" });
    },
    also: search.task ? { Escape: () => change({ task: undefined }) } : {},
  });
  const next = tasks.find((task) => task.status === "open" && task.id !== search.task);

  return (
    <div className="page work-center">
      <TaskFilters search={search} change={change} changeWords={changeWords} />
      <div className="list-head">
        <h1>Work Center</h1>
        <span className="total" data-testid="task-total" aria-live="polite">{list.data ? totalWords(search, tasks.length, list.data.pages[0]?.total ?? 0) : " "}</span>
        <span className="grow" />
        <button type="button" className="button subtle" onClick={refresh}>Refresh</button>
      </div>
      {list.isPending ? <Skeleton rows={8} /> : list.isError ? <ErrorState error={list.error} retry={refresh} />
        : (
          <div className="task-split" data-has-task={Boolean(search.task)}>
            {tasks.length === 0 ? <Empty search={search} clear={() => void navigate({ search: {} })} /> : (
              <ul className={`task-list${list.isPlaceholderData ? " stale" : ""}`} aria-label="Tasks">
                {tasks.map((task) => <TaskRow key={task.id} task={task} isShown={task.id === search.task} now={now} />)}
                {list.hasNextPage && <li className="more"><button type="button" className="button" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>Show more</button></li>}
              </ul>
            )}
            {search.task ? (
              shown.isPending ? <div className="task-panel"><Skeleton rows={6} /></div>
                : shown.isError ? <div className="task-panel"><ErrorState error={shown.error} retry={() => void shown.refetch()} /></div>
                : <TaskPanel key={shown.data.id} task={shown.data} now={now} close={() => change({ task: undefined })} next={next ? () => change({ task: next.id }) : null} />
            ) : tasks.length > 0 && <p className="task-hint">Choose a task to see what is asked. <kbd>j</kbd> and <kbd>k</kbd> walk through them.</p>}
          </div>
        )}
    </div>
  );
}

function Empty({ search, clear }: { search: TaskSearch; clear: () => void }) {
  if (isNarrowed(search)) {
    return (
      <div className="state" data-testid="empty-filtered">
        <h2>No task matches</h2>
        <p>Nothing fits this search and these filters together.</p>
        <button type="button" className="button" onClick={clear}>Show all open tasks</button>
      </div>
    );
  }
  return (
    <div className="state" data-testid="empty">
      <h2>Nobody waits for you</h2>
      <p>An agent that asks a person, or needs a tool call approved, waits here until somebody answers.</p>
      <pre>{'answer = session.ask_human("Which account?", form={…})'}</pre>
      <p className="none">A new task appears here by itself.</p>
    </div>
  );
}

function rowsOf(tasks: Task[], search: TaskSearch, me: string): Task[] {
  const seen = new Set<string>();
  const once = tasks.filter((task) => !seen.has(task.id) && seen.add(task.id));
  return search.mine ? once.filter((task) => isMine(task, me)) : once;
}

function totalWords(search: TaskSearch, shown: number, total: number): string {
  const told = search.mine ? shown : total;
  const status = search.status ?? "open";
  return `${count(told)}${search.mine ? " of yours" : ""} ${status === "all" ? "" : `${status} `}task${told === 1 ? "" : "s"}`.replace("  ", " ");
}

function cleaned(search: { [Name in keyof TaskSearch]?: TaskSearch[Name] | undefined }): TaskSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as TaskSearch;
}
