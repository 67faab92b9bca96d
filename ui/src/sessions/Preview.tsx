import { Link } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMayIn, useWorkspace } from "../access/AccessContext";
import { whyForbidden } from "../access/permissions";
import { ErrorState, Skeleton } from "../app/States";
import { Pill, StatusPill } from "../app/StatusPill";
import { get, sessionPath } from "../api/client";
import type { EventWindow, Metrics, Session } from "../api/types";
import { ALL } from "../api/workspace";
import { Icon } from "../components/Icon";
import { ago, clock, count, dateTime, duration, exact, money, short, UNKNOWN, unpriced } from "../format";
import { ConversationTab } from "../session/ConversationTab";
import { eventWords } from "../session/event_words";
import { isMissing, MissingSession } from "../session/MissingSession";
import { modelsOf } from "../session/metrics_shape";
import { useLiveSession } from "../session/queries";
import { changed, type SessionSearch } from "../session/session_search";
import { settledStatus } from "../session/settled_status";
import { useSignalCount } from "../signals/queries";
import { SessionSignals } from "../signals/SessionSignals";
import { useAsk } from "./Actions";
import { type Pane, PANES } from "./list_search";
import { DANGEROUS, LABELS, offerOf, VERBS } from "./verbs";

const TITLES: Record<Pane, string> = { conversation: "Conversation", timeline: "Timeline", signals: "Signals", cost: "Cost" };
const EVENTS = 200;

/** A session beside the list: enough to know what it did and to act on it. */
export function Preview({ sessionKey, pane, choose, close }: { sessionKey: string; pane: Pane; choose: (pane: Pane) => void; close: () => void }) {
  const session = useQuery({ queryKey: ["session", sessionKey], queryFn: ({ signal }) => get<Session>(sessionPath(sessionKey), signal) });
  const isOfAll = useWorkspace() === ALL;
  const signals = useSignalCount(sessionKey);
  useLiveSession(sessionKey, session.data?.id, close);
  return (
    <aside className="preview" aria-label="Session beside the list" data-testid="preview">
      <header className="preview-head">
        <h2>{session.data ? session.data.goal || session.data.key : sessionKey}</h2>
        <Link to="/sessions/$key" params={{ key: session.data?.key ?? sessionKey }} search={isOfAll && session.data ? { workspace: session.data.workspace_id } : {}} className="button" data-testid="preview-page">Open page</Link>
        <button type="button" className="icon-button" aria-label="Close (Esc)" onClick={close} data-testid="preview-close"><Icon name="close" /></button>
      </header>
      {session.isPending ? <Skeleton rows={8} /> : isMissing(session.error) ? <MissingSession sessionKey={sessionKey} /> : session.isError ? <ErrorState error={session.error} retry={() => void session.refetch()} /> : (
        <>
          <Facts session={session.data} />
          <PreviewActions session={session.data} />
          <div className="segments panes" role="group" aria-label="Show">
            {PANES.map((name) => <button key={name} type="button" aria-pressed={pane === name} onClick={() => choose(name)}>{TITLES[name]}{name === "signals" && signals > 0 && <span className="count">{count(signals)}</span>}</button>)}
          </div>
          <div className="preview-pane" data-pane={pane}>
            {pane === "conversation" ? <Said key={sessionKey} session={session.data} sessionKey={sessionKey} />
              : pane === "timeline" ? <Timeline session={session.data} sessionKey={sessionKey} />
              : pane === "signals" ? <SessionSignals sessionKey={sessionKey} toEvent={(eventId, words, testId) => (
                <Link key={eventId} to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "timeline", event: eventId }} data-testid={testId}>{words}</Link>
              )} />
              : <Costs sessionKey={sessionKey} />}
          </div>
        </>
      )}
    </aside>
  );
}

function Said({ session, sessionKey }: { session: Session; sessionKey: string }) {
  const [search, setSearch] = useState<SessionSearch>({});
  return <ConversationTab session={session} sessionKey={sessionKey} search={search} change={(part) => setSearch((before) => changed(before, part))} />;
}

function Facts({ session }: { session: Session }) {
  const facts: [string, React.ReactNode][] = [
    ["Status", <StatusPill key="status" session={session} />],
    ["Agent", session.agents.join(", ") || session.agent_id || UNKNOWN],
    ["Started", <time key="started" title={exact(session.started_at)}>{dateTime(session.started_at)}</time>],
    ["Duration", duration(session.duration_ms)],
    ["Cost", money(session.cost_usd)],
    ["Tokens", short(session.total_tokens)],
    ["Errors", <span key="errors" className={session.error_count ? "bad" : ""}>{count(session.error_count)}</span>],
    ["Trigger", [session.trigger.type, session.trigger.source].filter(Boolean).join(" · ") || UNKNOWN],
  ];
  return (
    <>
      <dl className="preview-facts">{facts.map(([title, value]) => <div key={title}><dt>{title}</dt><dd>{value}</dd></div>)}</dl>
      {session.status_reason && <p className="because">since {ago(session.status_since, Date.now())}, because {session.status_reason}</p>}
    </>
  );
}

function PreviewActions({ session }: { session: Session }) {
  const ask = useAsk();
  const mayIn = useMayIn();
  const { allowed } = offerOf([session], mayIn);
  const forbidden = VERBS.filter((verb) => session.allowed_actions.includes(verb) && !allowed.includes(verb));
  return (
    <div className="preview-actions" role="toolbar" aria-label="Actions">
      {allowed.map((verb) => (
        <button key={verb} type="button" className={`button ${DANGEROUS.has(verb) ? "is-danger" : ""}`} onClick={() => ask(verb, [session])} data-testid={`preview-${verb}`}><Icon name={verb} size={13} />{LABELS[verb]}</button>
      ))}
      {forbidden.map((verb) => {
        const why = whyForbidden(verb, session, mayIn);
        return <button key={verb} type="button" className="button" aria-disabled title={why} data-testid={`preview-${verb}`}><Icon name={verb} size={13} />{LABELS[verb]}<span className="visually-hidden">: {why}</span></button>;
      })}
      {!session.controllable && <span className="none">{session.controllable_reason}</span>}
    </div>
  );
}

function Timeline({ session, sessionKey }: { session: Session; sessionKey: string }) {
  const events = useQuery({
    queryKey: ["events", sessionKey, "preview"], queryFn: ({ signal }) => get<EventWindow>(`${sessionPath(sessionKey)}/events?limit=${EVENTS}`, signal),
  });
  if (events.isPending) return <Skeleton rows={8} />;
  if (events.isError) return <ErrorState error={events.error} retry={() => void events.refetch()} />;
  const { items, total } = events.data;
  return (
    <ol className="preview-events" data-testid="preview-events">
      {items.map((row) => (
        <li key={`${row.event_id}/${row.phase}`}>
          <Link to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "timeline", event: row.event_id }}>
            <time dateTime={row.at} title={exact(row.at)}>{clock(row.at)}</time>
            <span className={`kind kind-${row.type}`}>{row.type.replaceAll("_", " ")}</span>
            <span className="what"><b>{row.tool_name || row.model_used || row.name}</b> <span className="brief">{row.error || row.preview}</span></span>
            {row.status === "ok" ? <span className="number none">{row.duration_ms ? duration(row.duration_ms) : ""}</span> : <Pill status={settledStatus(row.status, session.status)} />}
          </Link>
        </li>
      ))}
      {total > items.length && <li className="menu-note"><Link to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "timeline" }}>All {eventWords(total, session.event_count)}</Link></li>}
    </ol>
  );
}

function Costs({ sessionKey }: { sessionKey: string }) {
  const metrics = useQuery({ queryKey: ["metrics", sessionKey], queryFn: ({ signal }) => get<Metrics>(`${sessionPath(sessionKey)}/metrics`, signal) });
  if (metrics.isPending) return <Skeleton rows={4} />;
  if (metrics.isError) return <ErrorState error={metrics.error} retry={() => void metrics.refetch()} />;
  const { cost } = metrics.data;
  const models = modelsOf(metrics.data);
  return (
    <div className="preview-cost" data-testid="preview-cost">
      <p><b>{money(cost.cost_usd)}</b> in all · {money(cost.reported_usd)} reported by senders · {money(cost.computed_usd)} from price tables
        {cost.unpriced_calls > 0 && <> · <span className="bad">{unpriced(cost.unpriced_calls)}</span></>}</p>
      {models.length === 0 ? <p className="none">No model call was recorded.</p> : (
        <table className="plain">
          <thead><tr><th scope="col">Model</th><th scope="col">Calls</th><th scope="col">In</th><th scope="col">Cached</th><th scope="col">Out</th><th scope="col">Cost</th></tr></thead>
          <tbody>{models.map((use) => (
            <tr key={use.model + use.provider}><th scope="row">{use.model}</th><td>{count(use.calls)}</td><td>{short(use.input_tokens)}</td><td>{short(use.cache_read_tokens)}</td><td>{short(use.output_tokens)}</td><td>{money(use.cost_usd)}</td></tr>
          ))}</tbody>
        </table>
      )}
      <Link to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "metrics" }}>Every call behind it</Link>
    </div>
  );
}
