import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { sessionRoute } from "../app/router";
import { StatusPill } from "../app/StatusPill";
import { Copy, ErrorState, Skeleton } from "../app/States";
import type { Session } from "../api/types";
import { ago, count, dateTime, duration, exact, money, short, UNKNOWN } from "../format";
import { ActionBar } from "./ActionBar";
import { AgentsTab } from "./AgentsTab";
import { ConversationTab } from "./ConversationTab";
import { MetricsTab } from "./MetricsTab";
import { useLiveSession, useSession } from "./queries";
import { type Tab, TABS } from "./session_search";
import { TimelineTab } from "./TimelineTab";
import "./session.css";

const TITLES: Record<Tab, string> = { conversation: "Conversation", timeline: "Timeline", agents: "Agents", metrics: "Metrics" };

export function SessionPage() {
  const { key } = sessionRoute.useParams();
  const search = sessionRoute.useSearch();
  const navigate = useNavigate();
  const session = useSession(key);
  useLiveSession(key, session.data?.id);
  const tab = search.tab ?? "conversation";
  useEffect(() => { document.title = `${session.data?.goal.slice(0, 60) || key} · Sojourn`; }, [session.data?.goal, key]);

  if (session.isPending) return <div className="page"><Skeleton rows={6} /></div>;
  if (session.isError) return <div className="page"><ErrorState error={session.error} retry={() => void session.refetch()} /></div>;
  return (
    <div className="page session-page">
      <nav className="crumbs" aria-label="Breadcrumb">
        <Link to="/sessions">Sessions</Link><span aria-hidden="true">/</span>
        <code>{key}</code><Copy text={key} label="Copy the key" />
        <span className="grow" />
        <Copy text={location.href} label="Copy the link">Link</Copy>
      </nav>
      <h1 className="goal-title">{session.data.goal || key}</h1>
      <InfoBar session={session.data} />
      <ActionBar session={session.data} sessionKey={key} />
      <div className="tabs" role="tablist" aria-label="Views of the session">
        {TABS.map((name) => (
          <button key={name} type="button" role="tab" id={`tab-${name}`} aria-selected={tab === name} aria-controls="panel"
            onClick={() => void navigate({ to: "/sessions/$key", params: { key }, search: { tab: name } })}>{TITLES[name]}</button>
        ))}
      </div>
      <div role="tabpanel" id="panel" aria-labelledby={`tab-${tab}`} className="panel">
        {tab === "conversation" && <ConversationTab session={session.data} sessionKey={key} />}
        {tab === "timeline" && <TimelineTab session={session.data} sessionKey={key} search={search} />}
        {tab === "agents" && <AgentsTab sessionKey={key} />}
        {tab === "metrics" && <MetricsTab sessionKey={key} />}
      </div>
    </div>
  );
}

function InfoBar({ session }: { session: Session }) {
  const facts: [string, React.ReactNode][] = [
    ["Status", <StatusPill key="s" session={session} />],
    ["Agent", session.agents.join(", ") || session.agent_id || UNKNOWN],
    ["Channel", session.channel || UNKNOWN],
    ["Environment", session.environment || UNKNOWN],
    ["Messages", count(session.message_count)],
    ["Tokens", <span key="t" title={`${count(session.input_tokens)} in (${count(session.cache_read_tokens)} cached), ${count(session.output_tokens)} out`}>{short(session.total_tokens)}</span>],
    ["Cost", <span key="c" title={session.unpriced_calls ? `${session.unpriced_calls} calls have no known price` : undefined}>{money(session.cost_usd)}{session.unpriced_calls && session.cost_usd != null ? "+" : ""}</span>],
    ["Errors", <span key="e" className={session.error_count ? "bad" : ""}>{count(session.error_count)}</span>],
    ["Models", session.models.map((use) => use.model).join(", ") || UNKNOWN],
    ["Created", <time key="d" dateTime={session.started_at ?? ""} title={exact(session.started_at)}>{dateTime(session.started_at)}</time>],
    ["Duration", duration(session.duration_ms)],
  ];
  return (
    <>
      <dl className="info-bar" data-testid="info-bar">{facts.map(([title, value]) => <div key={title}><dt>{title}</dt><dd>{value}</dd></div>)}</dl>
      <p className="because" data-testid="because">
        <b>{session.status}</b> since <time title={exact(session.status_since)}>{ago(session.status_since, Date.now())}</time>
        {session.status_reason && <>, because {session.status_reason}</>} · {session.status_evidence}
      </p>
    </>
  );
}
