import { Link } from "@tanstack/react-router";
import { ErrorState, Skeleton } from "../app/States";
import { clock, count, dateTime, exact } from "../format";
import { DecisionTrace } from "./DecisionTrace";
import { useDecisionsOf, usePolicyNames, useSignalsOf } from "./queries";
import type { Signal } from "./signal_rows";
import { Outcome, SignalType } from "./SignalType";
import { eventOf, nameOf, policyOf } from "./signal_words";
import "./signals.css";

/** Where an event of the session is opened: in place, or on its page. */
export type OpenEvent = (eventId: string, words: string, testId?: string) => React.ReactNode;

/** What fired in a session, and what its policies came to. */
export function SessionSignals({ sessionKey, toEvent }: { sessionKey: string; toEvent: OpenEvent }) {
  return (
    <div className="session-signals">
      <Fired sessionKey={sessionKey} toEvent={toEvent} />
      <Decided sessionKey={sessionKey} />
    </div>
  );
}

function Fired({ sessionKey, toEvent }: { sessionKey: string; toEvent: OpenEvent }) {
  const signals = useSignalsOf(sessionKey);
  const shown = signals.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-labelledby="fired-title">
      <h2 id="fired-title">Signals fired {signals.data && <span className="total">{count(signals.data.pages[0]?.total)}</span>}</h2>
      {signals.isPending ? <Skeleton rows={3} /> : signals.isLoadingError ? <ErrorState error={signals.error} retry={() => void signals.refetch()} />
        : shown.length === 0 ? <p className="about" data-testid="no-signals">Nothing fired in this session: it ran into no policy, and its SDK reported nothing.</p>
        : <ol className="fired" data-testid="session-signals">{shown.map((signal) => <One key={signal.id} signal={signal} toEvent={toEvent} />)}</ol>}
      {signals.hasNextPage && <button type="button" className="button more-button" disabled={signals.isFetchingNextPage} onClick={() => void signals.fetchNextPage()}>More signals</button>}
    </section>
  );
}

function One({ signal, toEvent }: { signal: Signal; toEvent: OpenEvent }) {
  const facts: [string, React.ReactNode][] = [
    ["Policy", policyOf(signal)],
    ["Action", signal.action && nameOf(signal.action)],
    ["Outcome", signal.outcome && <Outcome outcome={signal.outcome} />],
    ["First", signal.count > 1 && <time dateTime={signal.first_at ?? ""} title={exact(signal.first_at)}>{dateTime(signal.first_at)}</time>],
  ];
  return (
    <li data-testid="session-signal">
      <header>
        <SignalType type={signal.type} /><span className="none">{nameOf(signal.subtype)}</span>
        {signal.count > 1 && <b className="times" title="How often it fired">{count(signal.count)}×</b>}
        <span className="grow" />
        <time dateTime={signal.last_at ?? ""} title={exact(signal.last_at)}>{clock(signal.last_at)}</time>
      </header>
      <p className="what">{signal.message || nameOf(signal.subtype || signal.type)}</p>
      <dl className="signal-facts">{facts.filter(([, value]) => value).map(([title, value]) => <div key={title}><dt>{title}</dt><dd>{value}</dd></div>)}</dl>
      <p className="ways-on">
        {toEvent(eventOf(signal), "Show on the timeline", "signal-event")}
        {signal.event_id && toEvent(signal.event_id, "The step it fired at")}
        {signal.task_id && <Link to="/tasks" search={{ task: signal.task_id, status: "all" }}>Its approval</Link>}
      </p>
    </li>
  );
}

function Decided({ sessionKey }: { sessionKey: string }) {
  const decisions = useDecisionsOf(sessionKey);
  const names = usePolicyNames();
  const shown = decisions.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-labelledby="decided-title">
      <h2 id="decided-title">Policy decisions {decisions.data && <span className="total">{count(decisions.data.pages[0]?.total)}</span>}</h2>
      {decisions.isPending ? <Skeleton rows={3} /> : decisions.isLoadingError ? <ErrorState error={decisions.error} retry={() => void decisions.refetch()} />
        : shown.length === 0 ? <p className="about" data-testid="no-decisions">No policy had to decide anything here. A decision is kept when a policy matches, or when an SDK tells of one.</p>
        : <ol className="decided" data-testid="session-decisions">{shown.map((decision, place) => <DecisionTrace key={decision.id} decision={decision} names={names} isOpen={place === 0} />)}</ol>}
      {decisions.hasNextPage && <button type="button" className="button more-button" disabled={decisions.isFetchingNextPage} onClick={() => void decisions.fetchNextPage()}>More decisions</button>}
    </section>
  );
}
