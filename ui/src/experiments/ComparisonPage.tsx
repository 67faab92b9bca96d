import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback } from "react";
import { ApiError } from "../api/client";
import { ErrorState, Skeleton } from "../app/States";
import { count } from "../format";
import { RANGES, type Range } from "../sessions/list_search";
import { RangeMenu } from "../sessions/RangeMenu";
import { useTitle } from "../shell/title";
import { ComparisonTable } from "./ComparisonTable";
import { ExperimentActions } from "./ExperimentActions";
import { type ComparisonSearch, isNarrowed } from "./experiment_search";
import { HowToAttach } from "./HowToAttach";
import { chanceWords, type Comparison, variantName } from "./measure_words";
import { useComparison } from "./queries";
import { StatusWord } from "./StatusWord";
import { VariantCards } from "./VariantCards";
import "./experiments.css";

const route = getRouteApi("/experiments/$id");
const RANGE_TITLES: Record<Range, string> = { "24h": "24 hours", "7d": "7 days", "30d": "30 days", all: "All time" };
type Part = { [Name in keyof ComparisonSearch]?: ComparisonSearch[Name] | undefined };

export function ComparisonPage() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const comparison = useComparison(id, search);
  const change = useCallback((part: Part) => {
    void navigate({ search: (before) => Object.fromEntries(Object.entries({ ...before, ...part }).filter(([, value]) => value !== undefined)), replace: true });
  }, [navigate]);
  const found = comparison.data;
  useTitle(found?.experiment.name || id);
  return (
    <div className="page comparison-page">
      <nav className="crumbs" aria-label="Where this is"><Link to="/experiments" search={{}}>Experiments</Link> / <code>{id}</code></nav>
      <div className="list-head">
        <h1>{found?.experiment.name || id}</h1>
        {found && <StatusWord status={found.experiment.status} />}
        {found?.experiment.agent_id && <span className="total">of <Link to="/sessions" search={{ agent: [found.experiment.agent_id] }}>{found.experiment.agent_id}</Link></span>}
        <span className="grow" />
        {found && <ExperimentActions experiment={found.experiment} onDeleted={() => void navigate({ to: "/experiments", search: {} })} />}
      </div>
      {comparison.isPending ? <Skeleton rows={10} />
        : comparison.isError ? <Fault error={comparison.error} retry={() => void comparison.refetch()} search={search} change={change} />
        : found && <Compared found={found} search={search} change={change} isStale={comparison.isPlaceholderData} />}
    </div>
  );
}

function Compared({ found, search, change, isStale }: { found: Comparison; search: ComparisonSearch; change: (part: Part) => void; isStale: boolean }) {
  const { experiment } = found;
  if (experiment.sessions === 0) {
    return (
      <div className="state wide-state" data-testid="empty">
        <h2>No session names this experiment yet</h2>
        <p>{experiment.status === "running" ? "It assigns variants to whoever asks." : "It assigns no variants now; start it for that."} The comparison begins with the first session that carries its id.</p>
        <HowToAttach id={experiment.id} variant={experiment.variants[0]?.name || "control"} isAssigning={experiment.status !== "undeclared"} />
      </div>
    );
  }
  return (
    <div className={`comparison${isStale ? " stale" : ""}`} tabIndex={0} role="region" aria-label="Comparison of the variants">
      <div className="filters">
        <div className="segments" role="group" aria-label="Sessions that began in the last">
          {(Object.keys(RANGES) as Range[]).map((range) => (
            <button key={range} type="button" aria-pressed={(search.range ?? "all") === range && !search.from && !search.to}
              onClick={() => change({ range: range === "all" ? undefined : range, from: undefined, to: undefined })}>{RANGE_TITLES[range]}</button>
          ))}
          <RangeMenu search={search} change={({ from, to }) => change({ range: undefined, from: from || undefined, to: to || undefined })} />
        </div>
        <label className="baseline-choice">Compared with
          <select value={found.baseline} onChange={(event) => change({ baseline: event.target.value })} data-testid="baseline">
            {experiment.variants.map((one) => <option key={one.name} value={one.name}>{variantName(one.name)}</option>)}
          </select>
        </label>
      </div>
      <VariantCards found={found} search={search} />
      <Limits found={found} />
      {found.ended === 0 ? <NothingEnded found={found} isNarrowed={isNarrowed(search)} clear={() => change({ range: undefined, from: undefined, to: undefined })} /> : (
        <>
          <ComparisonTable found={found} />
          <HowToRead found={found} />
        </>
      )}
    </div>
  );
}

function NothingEnded({ found, isNarrowed, clear }: { found: Comparison; isNarrowed: boolean; clear: () => void }) {
  const open = found.variants.reduce((sum, one) => sum + one.open, 0);
  return (
    <div className="state" data-testid="nothing-ended">
      <h2>{open ? "No session has ended yet" : "No session began in this range"}</h2>
      <p>{open ? `${count(open)} ${open === 1 ? "is" : "are"} open. Outcome, cost and duration are known when a session ends.` : "The experiment has sessions at other times."}</p>
      {isNarrowed && <button type="button" className="button" onClick={clear}>Show all time</button>}
    </div>
  );
}

function Limits({ found }: { found: Comparison }) {
  const lines = [
    found.truncated && `${count(found.ended)} sessions have ended. Rates of ends and errors count all of them; cost, duration, tokens and outcome metrics are those of the latest ${count(found.measured)}.`,
    found.experiment.more_variants && `Sessions name more variants: these are the ${count(found.variants.length)} with the most sessions.`,
    found.metrics_left_out > 0 && `${count(found.metrics_left_out)} rarer outcome metric${found.metrics_left_out === 1 ? " is" : "s are"} left out.`,
  ].filter((line) => typeof line === "string");
  return lines.length > 0 && <ul className="limits" data-testid="limits">{lines.map((line) => <li key={line}>{line}</li>)}</ul>;
}

function HowToRead({ found }: { found: Comparison }) {
  return (
    <section className="how-to-read" aria-labelledby="how-to-read" data-testid="how-to-read">
      <h2 id="how-to-read">How to read this</h2>
      <p>Only ended sessions are measured. Brackets hold the true value in 95 of 100 cases: of rates by Wilson, of means by Student. Differences are those to <b>{variantName(found.baseline)}</b>, by Newcombe and by Welch; a difference whose interval holds zero may just as well be none.</p>
      {found.comparisons > 0 && <p data-testid="chance">{chanceWords(found.comparisons)} “Perhaps” marks what is no longer clear when all of them are to hold at once (Bonferroni’s correction).</p>}
      <p>Stopping as soon as something looks better makes such errors more frequent: decide beforehand how many sessions you want.</p>
    </section>
  );
}

function Fault({ error, retry, search, change }: { error: Error; retry: () => void; search: ComparisonSearch; change: (part: Part) => void }) {
  if (error instanceof ApiError && error.status === 404) {
    return (
      <div className="state" data-testid="no-experiment">
        <h2>There is no such experiment</h2>
        <p>Nobody declared it, and no session names it. It may have been deleted.</p>
        <Link to="/experiments" search={{}} className="button">All experiments</Link>
      </div>
    );
  }
  if (error instanceof ApiError && error.status === 422 && search.baseline !== undefined) {
    return (
      <div className="state" role="alert" data-testid="no-baseline">
        <h2>There is nothing to compare with</h2>
        <p>{error.message}</p>
        <button type="button" className="button" onClick={() => change({ baseline: undefined })}>Compare with the usual baseline</button>
      </div>
    );
  }
  return <ErrorState error={error} retry={retry} />;
}
