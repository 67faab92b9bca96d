import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { ErrorState, Skeleton } from "../app/States";
import { count } from "../format";
import { useNow } from "../shell/now";
import { type Shortcut, useShortcuts } from "../shell/shortcuts";
import { useTitle } from "../shell/title";
import { FeedTable } from "./FeedTable";
import { useFeed, useFeedNews } from "./queries";
import { rowsOf } from "./signal_rows";
import { SignalFilters } from "./SignalFilters";
import { SignalPlaces } from "./SignalPlaces";
import { cleaned, isNarrowed, type SignalChange } from "./signal_search";
import "./signals.css";

const route = getRouteApi("/signals");
const KEYS: readonly Shortcut[] = [["j k", "next and previous signal"], ["Enter", "open its session there"]];

export function SignalsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const now = useNow();
  const { feed, key, renew } = useFeed(search);
  const scroller = useRef<HTMLDivElement>(null);
  const isHeld = useCallback(() => (scroller.current?.scrollTop ?? 0) > 0, []);
  const { waiting, show } = useFeedNews(key, isHeld);
  const rows = useMemo(() => rowsOf(feed.data?.pages.flatMap((page) => page.items) ?? [], now), [feed.data, now]);
  const change = useCallback<SignalChange>((part) => {
    void navigate({ search: (before) => cleaned({ ...before, ...part }), replace: true });
  }, [navigate]);
  const toTop = () => {
    scroller.current?.scrollTo({ top: 0 });
    show();
  };
  const refresh = () => {
    renew();
    toTop();
  };
  useEffect(() => { scroller.current?.scrollTo({ top: 0 }); }, [key]);
  useTitle("Signals");
  useShortcuts("Signals", KEYS);
  const total = feed.data?.pages[0]?.total ?? 0;
  const onEnd = useCallback(() => { if (feed.hasNextPage && !feed.isFetching) void feed.fetchNextPage(); }, [feed]);

  return (
    <div className="page signals-page">
      <div className="list-head">
        <h1>Signals</h1>
        <SignalPlaces />
        <span className="total" data-testid="signal-total" aria-live="polite">{feed.data ? `${count(total)} signal${total === 1 ? "" : "s"}` : " "}</span>
        {waiting > 0 && <button type="button" className="news" onClick={toTop} data-testid="news">{count(waiting)} new</button>}
        <span className="grow" />
        <button type="button" className="button subtle" onClick={refresh}>Refresh</button>
      </div>
      <SignalFilters search={search} change={change} />
      {feed.isPending ? <Skeleton /> : feed.isError && rows.length === 0 ? <ErrorState error={feed.error} retry={() => void feed.refetch()} />
        : rows.length === 0 ? <Empty isFiltered={isNarrowed(search)} clear={() => void navigate({ search: {} })} />
        : <FeedTable rows={rows} total={total} now={now} isStale={feed.isPlaceholderData} scroller={scroller} onEnd={onEnd} onScroll={() => { if (waiting > 0 && !isHeld()) show(); }} />}
      {feed.isFetchNextPageError && <p className="error-text" role="alert">{feed.error?.message} <button type="button" className="link" onClick={() => void feed.fetchNextPage()}>Try again</button></p>}
    </div>
  );
}

function Empty({ isFiltered, clear }: { isFiltered: boolean; clear: () => void }) {
  if (isFiltered) {
    return (
      <div className="state" data-testid="empty-filtered">
        <h2>No signal matches</h2>
        <p>Nothing that fired fits these filters together.</p>
        <button type="button" className="button" onClick={clear}>Show all signals</button>
      </div>
    );
  }
  return (
    <div className="state" data-testid="empty">
      <h2>Nothing has fired</h2>
      <p>A signal comes when a session runs into a policy, such as a limit of its cost, the same tool call again and again, or too many errors, and when an agent’s own SDK reports one.</p>
      <p>What fires again in the same session is one signal that counts. <b>Alerts</b> forward signals to a webhook or by e-mail.</p>
      <p className="none">A new signal appears here by itself.</p>
    </div>
  );
}
