import { Link } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { ErrorState, Skeleton } from "../app/States";
import { type GridColumn, GridTable } from "../components/GridTable";
import { ago, exact } from "../format";
import { Said } from "./AssessorTable";
import type { AssessorSearch, Part } from "./assessor_search";
import { type Assessor, OUTCOMES, type RecentAssessment } from "./assessor_types";
import { OUTCOME_TITLES, saidWords } from "./assessor_words";
import { useFeed } from "./queries";

interface Props { search: AssessorSearch; change: (part: Part) => void; assessors: readonly Assessor[]; now: number }

/** What was said lately, in every session. */
export function Feed({ search, change, assessors, now }: Props) {
  const feed = useFeed(search);
  const rows = useMemo(() => onceEach(feed.data?.pages.flatMap((page) => page.items) ?? []), [feed.data]);
  const columns = useMemo(() => columnsOf(now), [now]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = feed;
  const more = useCallback(() => { if (hasNextPage && !isFetchingNextPage) void fetchNextPage(); }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const isGone = search.of !== undefined && !assessors.some((one) => one.id === search.of);
  return (
    <section className="feed" aria-labelledby="feed-title">
      <header className="list-head">
        <h2 id="feed-title">What they said</h2><span className="total">within 7 days, the latest first</span>
        <span className="grow" />
        <select aria-label="Assessor" value={search.of ?? ""} onChange={(event) => change({ of: event.target.value || undefined })}>
          <option value="">Every assessor</option>
          {isGone && <option value={search.of}>one that was deleted</option>}
          {assessors.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
        </select>
        <div className="segments" role="group" aria-label="Outcome">
          {[undefined, ...OUTCOMES].map((outcome) => (
            <button key={outcome ?? "all"} type="button" aria-pressed={search.outcome === outcome} onClick={() => change({ outcome })}>{outcome ? OUTCOME_TITLES[outcome] : "all"}</button>
          ))}
        </div>
      </header>
      {feed.isPending ? <Skeleton rows={6} /> : feed.isLoadingError ? <ErrorState error={feed.error} retry={() => void feed.refetch()} />
        : rows.length === 0 ? <Nothing isNarrowed={Boolean(search.of || search.outcome)} hasAssessors={assessors.some((one) => one.is_active)} clear={() => change({ of: undefined, outcome: undefined })} />
        : <GridTable label="Recent assessments" testId="feed" rowTestId="assessment" columns={columns} rows={rows} keyOf={(one) => one.event_id} isStale={feed.isPlaceholderData} onEnd={more} />}
    </section>
  );
}

function columnsOf(now: number): GridColumn<RecentAssessment>[] {
  return [
    { title: "When", width: "92px", className: "quiet", draw: (one) => <time dateTime={one.at ?? ""} title={exact(one.at)}>{ago(one.at, now)}</time> },
    { title: "Outcome", width: "100px", draw: (one) => { const { outcome, words } = saidWords(one); return <Said outcome={outcome ?? ""} words={words} />; } },
    { title: "Assessor", width: "minmax(110px, 0.8fr)", draw: (one) => <span className="named"><span>{one.name}</span><span className="key">{one.assessor_id ? one.role : "sent with the trace"}</span></span>, hint: (one) => one.name },
    { title: "Session", width: "minmax(130px, 1.1fr)", draw: (one) => (
      <Link to="/sessions/$key" params={{ key: one.session_key }} search={{ tab: "traces", trace: one.trace_id }}>{one.session_goal || one.session_key}</Link>
    ), hint: (one) => `${one.session_goal}\n${one.session_key}\nTrace ${one.trace_id}` },
    { title: "Why", width: "minmax(150px, 1.8fr)", draw: (one) => <span className={saidWords(one).outcome === "failed" ? "failure" : ""}>{one.explanation || <span className="none">—</span>}</span>, hint: (one) => one.explanation },
    { title: "Review", width: "72px", draw: (one) => (one.task_id ? <Link to="/tasks" search={{ task: one.task_id }}>review</Link> : null) },
  ];
}

function Nothing({ isNarrowed, hasAssessors, clear }: { isNarrowed: boolean; hasAssessors: boolean; clear: () => void }) {
  return (
    <div className="state" data-testid="empty-feed">
      <h2>{isNarrowed ? "Nothing like this was said" : "Nothing was said yet"}</h2>
      {isNarrowed ? <button type="button" className="button" onClick={clear}>Show everything</button>
        : <p>{hasAssessors ? "The next trace that arrives is looked at, and what comes of it is shown here." : "Once an assessor is on, what it says of each trace that arrives is shown here."}</p>}
    </div>
  );
}

function onceEach(rows: readonly RecentAssessment[]): RecentAssessment[] {
  return [...new Map(rows.map((row) => [row.event_id, row])).values()];
}
