import * as Popover from "@radix-ui/react-popover";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useWorkspace } from "../access/AccessContext";
import { ALL } from "../api/workspace";
import { ErrorState, Skeleton } from "../app/States";
import { count } from "../format";
import { useNow } from "../shell/now";
import { SearchBox } from "../shell/SearchBox";
import { type Shortcut, useShortcuts } from "../shell/shortcuts";
import { useTitle } from "../shell/title";
import { MEANINGS } from "./agent_health";
import { nextSort, rowsOf, runtimeState } from "./agent_rows";
import { type AgentSearch, type Range, RANGES, RANGE_TITLES } from "./agent_search";
import { AgentTable } from "./AgentTable";
import { refresh, useAgents, useRuntimes } from "./queries";
import { Runtimes } from "./Runtimes";
import "./agents.css";

const route = getRouteApi("/agents");
const KEYS: readonly Shortcut[] = [["/", "search"]];
type Part = { [Name in keyof AgentSearch]?: AgentSearch[Name] | undefined };

export function AgentsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const now = useNow();
  const isOfAll = useWorkspace() === ALL;
  const agents = useAgents(search);
  const rows = useMemo(() => (agents.data ? rowsOf(agents.data, search, now) : []), [agents.data, search, now]);
  const change = useCallback((part: Part) => {
    void navigate({ search: (before) => cleaned({ ...before, ...part }), replace: true });
  }, [navigate]);
  const changeWords = useCallback((q: string) => change({ q: q || undefined }), [change]);
  useTitle("Agents");
  useShortcuts("Agents", KEYS);

  return (
    <div className="page agents-page">
      <div className="filters" role="search">
        <SearchBox value={search.q ?? ""} change={changeWords} label="Search agents" placeholder="Search agents by name" />
        <div className="segments" role="group" aria-label="Sessions that began in the last">
          {(Object.keys(RANGES) as Range[]).map((range) => (
            <button key={range} type="button" aria-pressed={(search.range ?? "all") === range} onClick={() => change({ range: range === "all" ? undefined : range })}>{RANGE_TITLES[range]}</button>
          ))}
        </div>
      </div>
      <div className="list-head">
        <h1>Agents</h1>
        <span className="total" data-testid="agent-total" aria-live="polite">{agents.data ? `${count(rows.length)} agent${rows.length === 1 ? "" : "s"}` : " "}</span>
        <span className="grow" />
        {!isOfAll && <RuntimesLink />}
        <Legend />
        <button type="button" className="button subtle" onClick={() => refresh(queries)}>Refresh</button>
      </div>
      <div className="agents-scroll" tabIndex={-1}>
        {agents.isPending ? <Skeleton rows={8} /> : agents.isError ? <ErrorState error={agents.error} retry={() => void agents.refetch()} />
          : rows.length === 0 ? <Empty isNarrowed={Boolean(search.q || search.range)} clear={() => void navigate({ search: {} })} />
          : <AgentTable rows={rows} sort={search.sort} onSort={(column) => change({ sort: nextSort(search.sort, column) })} now={now} isStale={agents.isPlaceholderData} />}
        {isOfAll ? <p className="about runtimes">Processes are listed in their own workspace: choose one above.</p> : <Runtimes now={now} />}
      </div>
    </div>
  );
}

/** The processes stand below the agents, which may be many. */
function RuntimesLink() {
  const runtimes = useRuntimes();
  const listening = runtimes.data?.filter((one) => runtimeState(one) === "listening").length;
  if (listening === undefined) return null;
  return (
    <button type="button" className="button subtle" onClick={() => document.getElementById("runtimes-title")?.scrollIntoView({ block: "center" })}>
      {listening > 0 && <i className="beat" aria-hidden="true" />} {count(listening)} runtime{listening === 1 ? "" : "s"} listening
    </button>
  );
}

function Legend() {
  return (
    <Popover.Root>
      <Popover.Trigger className="button subtle">What health means</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="menu legend" align="end" sideOffset={6} aria-label="What health means">
          <p className="about">The first of these that holds now, whatever range is chosen:</p>
          <dl>{MEANINGS.map(([word, meaning]) => <div key={word}><dt>{word}</dt><dd>{meaning}</dd></div>)}</dl>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Empty({ isNarrowed, clear }: { isNarrowed: boolean; clear: () => void }) {
  return isNarrowed ? (
    <div className="state" data-testid="empty-filtered">
      <h2>No agent matches</h2>
      <p>None has this name and began a session in this range.</p>
      <button type="button" className="button" onClick={clear}>Show all agents</button>
    </div>
  ) : (
    <div className="state" data-testid="empty">
      <h2>No agents yet</h2>
      <p>An agent appears here with its first session that names one.</p>
    </div>
  );
}

function cleaned(search: Part): AgentSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as AgentSearch;
}
