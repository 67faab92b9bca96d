import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { ErrorState, Skeleton } from "../app/States";
import { ago, count, exact } from "../format";
import { useAlertNews, useDeliveries, useRetry } from "./alert_queries";
import { type AlertChange, type AlertSearch, type State, STATES } from "./alert_search";
import { type Channel, type Delivery, standingOf, until } from "./channel_draft";
import { SignalType } from "./SignalType";
import { nameOf } from "./signal_words";

const TITLES: Record<State, string> = { waiting: "Waiting", sent: "Sent", failed: "Given up" };

/** What was sent to whom, what waits, and what was given up. */
export function Deliveries({ search, change, channels, now }: { search: AlertSearch; change: AlertChange; channels: Channel[]; now: number }) {
  const list = useDeliveries(search);
  const shown = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  useAlertNews(shown);
  const total = list.data?.pages[0]?.total ?? 0;
  const isNarrowed = Boolean(search.channel || search.state);
  return (
    <section className="deliveries" aria-labelledby="deliveries-title">
      <header className="list-head">
        <h2 id="deliveries-title">Deliveries</h2><span className="total" data-testid="delivery-total" aria-live="polite">{list.data ? count(total) : " "}</span>
        <div className="segments" role="group" aria-label="State">
          <button type="button" aria-pressed={!search.state} onClick={() => change({ state: undefined })}>All</button>
          {STATES.map((state) => <button key={state} type="button" aria-pressed={search.state === state} onClick={() => change({ state })}>{TITLES[state]}</button>)}
        </div>
        <select aria-label="Channel" value={search.channel ?? ""} onChange={(event) => change({ channel: event.target.value || undefined })}>
          <option value="">Every channel</option>
          {channels.map((channel) => <option key={channel.id} value={channel.id}>{channel.name}</option>)}
        </select>
        <span className="grow" />
        <button type="button" className="button subtle" onClick={() => void list.refetch()}>Refresh</button>
      </header>
      {list.isPending ? <Skeleton rows={4} /> : list.isLoadingError ? <ErrorState error={list.error} retry={() => void list.refetch()} />
        : shown.length === 0 ? <p className="about" data-testid="no-deliveries">{isNarrowed ? <>None of this sort. <button type="button" className="link" onClick={() => change({ state: undefined, channel: undefined })}>Show all</button></> : "Nothing has matched yet. What is sent, waits or was given up stands here."}</p>
        : <DeliveryTable deliveries={shown} channels={channels} now={now} isStale={list.isPlaceholderData} />}
      {list.hasNextPage && <button type="button" className="button more-button" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>Show more</button>}
    </section>
  );
}

function DeliveryTable({ deliveries, channels, now, isStale }: { deliveries: Delivery[]; channels: Channel[]; now: number; isStale: boolean }) {
  const byId = new Map(channels.map((channel) => [channel.id, channel]));
  return (
    <div className="delivery-scroll" tabIndex={0} role="region" aria-label="Deliveries">
      <table className={`delivery-table${isStale ? " stale" : ""}`}>
        <caption className="visually-hidden">Deliveries of alerts, the latest first</caption>
        <thead><tr><th scope="col">State</th><th scope="col">Signal</th><th scope="col">Channel</th><th scope="col" className="number">Tries</th><th scope="col">What went wrong</th><th scope="col"><span className="visually-hidden">Retry</span></th></tr></thead>
        <tbody>{deliveries.map((delivery) => <Row key={delivery.id} delivery={delivery} channel={byId.get(delivery.channel_id)} now={now} />)}</tbody>
      </table>
    </div>
  );
}

function Row({ delivery, channel, now }: { delivery: Delivery; channel: Channel | undefined; now: number }) {
  const retry = useRetry();
  const standing = standingOf(delivery, channel?.is_enabled === false, now);
  const words = delivery.message || nameOf(delivery.subtype || delivery.type) || "a signal that is gone";
  return (
    <tr data-testid="delivery" data-state={delivery.state}>
      <td><span className={`pill pill-${standing.tone}`}><i aria-hidden="true" />{standing.word}</span>
        <span className="second">{standing.when && <time dateTime={standing.when} title={exact(standing.when)}>{delivery.state === "waiting" ? until(standing.when, now) : ago(standing.when, now)}</time>}</span></td>
      <th scope="row"><span className="delivery-signal"><SignalType type={delivery.type} />
        {delivery.session_key ? <Link to="/sessions/$key" params={{ key: delivery.session_key }} search={{ tab: "timeline", event: `signal:${delivery.signal_id}` }}>{words}</Link> : <span>{words}</span>}
        {delivery.count > 1 && <b className="times">{count(delivery.count)}×</b>}</span></th>
      <td>{channel?.name ?? <span className="none">—</span>}</td>
      <td className="number">{count(delivery.attempts)}</td>
      <td className="wrong" title={delivery.last_error}>{delivery.last_error || <span className="none">—</span>}</td>
      <td>{delivery.state !== "sent" && <button type="button" className="button" disabled={retry.isPending} onClick={() => retry.mutate(delivery.id)} data-testid="retry">{delivery.state === "failed" ? "Try again" : "Try now"}</button>}</td>
    </tr>
  );
}
