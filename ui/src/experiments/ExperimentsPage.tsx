import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { useMay } from "../access/AccessContext";
import { ErrorState, Skeleton } from "../app/States";
import { count } from "../format";
import { useNow } from "../shell/now";
import { SearchBox } from "../shell/SearchBox";
import { type Shortcut, useShortcuts } from "../shell/shortcuts";
import { useTitle } from "../shell/title";
import { ExperimentDialog } from "./ExperimentDialog";
import { type ExperimentsSearch, SHOWN, type Status } from "./experiment_search";
import { ExperimentTable } from "./ExperimentTable";
import { rowsOf } from "./experiment_rows";
import { HowToAttach } from "./HowToAttach";
import { useExperiments } from "./queries";
import "./experiments.css";

const route = getRouteApi("/experiments");
const KEYS: readonly Shortcut[] = [["/", "search"]];
const TITLES: Record<Status, string> = { draft: "Draft", running: "Running", stopped: "Stopped", undeclared: "Undeclared" };

export function ExperimentsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const now = useNow();
  const [isCreating, setCreating] = useState(false);
  const mayCreate = useMay("admin");
  const experiments = useExperiments();
  const rows = useMemo(() => rowsOf(experiments.data?.items ?? [], search), [experiments.data, search]);
  const change = useCallback((part: { [Name in keyof ExperimentsSearch]?: ExperimentsSearch[Name] | undefined }) => {
    void navigate({ search: (before) => Object.fromEntries(Object.entries({ ...before, ...part }).filter(([, value]) => value !== undefined)), replace: true });
  }, [navigate]);
  const changeWords = useCallback((q: string) => change({ q: q || undefined }), [change]);
  useTitle("Experiments");
  useShortcuts("Experiments", KEYS);
  const open = (id: string) => void navigate({ to: "/experiments/$id", params: { id }, search: {} });
  return (
    <div className="page experiments-page">
      <div className="filters" role="search">
        <SearchBox value={search.q ?? ""} change={changeWords} label="Search experiments" placeholder="Search experiments by name, id, agent or variant" />
        <div className="segments" role="group" aria-label="Status">
          <button type="button" aria-pressed={!search.status} onClick={() => change({ status: undefined })}>All</button>
          {SHOWN.map((status) => <button key={status} type="button" aria-pressed={search.status === status} onClick={() => change({ status })}>{TITLES[status]}</button>)}
        </div>
      </div>
      <div className="list-head">
        <h1>Experiments</h1>
        <span className="total" data-testid="experiment-total" aria-live="polite">{experiments.data ? `${count(rows.length)} experiment${rows.length === 1 ? "" : "s"}` : " "}</span>
        <span className="grow" />
        {mayCreate && <button type="button" className="button button-yes" onClick={() => setCreating(true)} data-testid="new-experiment">New experiment</button>}
      </div>
      {experiments.data?.truncated && <p className="about">Sessions name more experiments than are listed here: these are the ones with the latest sessions.</p>}
      {experiments.isPending ? <Skeleton rows={8} /> : experiments.isError ? <ErrorState error={experiments.error} retry={() => void experiments.refetch()} />
        : rows.length > 0 ? <ExperimentTable rows={rows} now={now} />
        : <Empty isNarrowed={Boolean(search.q || search.status)} clear={() => void navigate({ search: {} })} create={mayCreate ? () => setCreating(true) : null} />}
      {isCreating && <ExperimentDialog close={() => setCreating(false)} onCreated={open} />}
    </div>
  );
}

function Empty({ isNarrowed, clear, create }: { isNarrowed: boolean; clear: () => void; create: (() => void) | null }) {
  return isNarrowed ? (
    <div className="state" data-testid="empty-filtered">
      <h2>No experiment matches</h2>
      <p>None has these words and this status.</p>
      <button type="button" className="button" onClick={clear}>Show all experiments</button>
    </div>
  ) : (
    <div className="state wide-state" data-testid="empty">
      <h2>No experiments yet</h2>
      <p>An experiment compares variants of an agent — prompts, models, settings — by what their sessions achieve, cost and take. {create ? <><button type="button" className="link" onClick={create}>Declare one</button>, or just let</> : "Let"} sessions name one: it appears here with the first.</p>
      <HowToAttach isAssigning={false} />
    </div>
  );
}
