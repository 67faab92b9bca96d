import { lazy, Suspense } from "react";
import { ErrorState, Skeleton } from "../app/States";
import { Icon } from "../components/Icon";
import { dateTime, duration, money, count } from "../format";
import type { Change } from "./FilterBar";
import { type Chart, CHARTS, type Group, GROUPS, type ListSearch } from "./list_search";
import type { ListQuery } from "./queries";
import { CHART_TITLES, type Trend, trendOf, withoutStragglers } from "./trends";
import { useTrends } from "./trend_queries";

const TrendChart = lazy(() => import("./TrendChart"));
const GROUP_TITLES: Record<Group, string> = { agent: "Agent", model: "Model", environment: "Environment" };
interface Props { search: ListSearch; query: ListQuery; now: number; change: Change }

export function TrendsPanel({ search, query, now, change }: Props) {
  const chart = search.trends ?? "volume";
  const trends = useTrends(search, query.text, now);
  const { kept, left } = withoutStragglers(trends.buckets);
  const trend = trendOf(kept, chart, trends.width, Boolean(search.by));
  return (
    <section className="trends" aria-label="Trends" data-testid="trends">
      <div className="trends-head">
        <div className="segments" role="group" aria-label="What">
          {CHARTS.map((name) => <button key={name} type="button" aria-pressed={chart === name} onClick={() => change({ trends: name })}>{CHART_TITLES[name]}</button>)}
        </div>
        <div className="segments" role="group" aria-label="By">
          <button type="button" aria-pressed={!search.by} onClick={() => change({ by: undefined as never })}>Together</button>
          {GROUPS.map((name) => <button key={name} type="button" aria-pressed={search.by === name} onClick={() => change({ by: name })}>By {GROUP_TITLES[name].toLowerCase()}</button>)}
        </div>
        <span className="none">a point is one {trends.width}{chart === "duration" && search.by ? ", 95th percentile" : ""}{left > 0 && ` · ${left} much older not drawn`}</span>
        <span className="grow" />
        <button type="button" className="icon-button" aria-label="Close trends" onClick={() => change({ trends: undefined as never })}><Icon name="close" /></button>
      </div>
      {trends.error ? <ErrorState error={trends.error} retry={trends.retry} />
        : trends.isPending ? <Skeleton rows={3} />
        : trend.times.length === 0 ? <p className="menu-note">No session in this view.</p>
        : <Suspense fallback={<Skeleton rows={3} />}><TrendChart trend={trend} chart={chart} /><Numbers trend={trend} chart={chart} /></Suspense>}
    </section>
  );
}

export function valueWords(value: number | null, chart: Chart): string {
  return chart === "duration" ? duration(value) : chart === "cost" ? money(value) : count(value);
}

const NUMBERS = 60; // rows of the table

/** The same in numbers: for those who cannot see the curves, or want to copy them. */
function Numbers({ trend, chart }: { trend: Trend; chart: Chart }) {
  const from = Math.max(0, trend.times.length - NUMBERS);
  return (
    <details className="trend-numbers">
      <summary>Numbers</summary>
      <div className="trend-table" tabIndex={0} role="region" aria-label="Numbers">
        <table className="plain">
          <thead><tr><th scope="col">From</th>{trend.lines.map((line) => <th key={line.label} scope="col">{line.label}</th>)}</tr></thead>
          <tbody>{trend.times.slice(from).map((time, place) => (
            <tr key={time}><th scope="row">{dateTime(new Date(time * 1_000).toISOString())}</th>{trend.lines.map((line) => <td key={line.label}>{valueWords(line.values[from + place] ?? null, chart)}</td>)}</tr>
          )).reverse()}</tbody>
        </table>
      </div>
    </details>
  );
}
