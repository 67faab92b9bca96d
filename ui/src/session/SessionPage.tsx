import { Link, useNavigate } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { sessionRoute } from "../app/router";
import { ChatLink } from "../access/ChatLink";
import { Missing } from "../access/Missing";
import { useWorkspace } from "../access/AccessContext";
import { neededBy } from "../api/client";
import { DEFAULT, withWorkspace } from "../api/workspace";
import { Copy, ErrorState, Skeleton } from "../app/States";
import { counted } from "../format";
import { useTitle } from "../shell/title";
import { copyText } from "../app/clipboard";
import { toast, toastError } from "../shell/toasts";
import { useSignalCount } from "../signals/queries";
import { ActionBar } from "./ActionBar";
import { AgentsTab } from "./AgentsTab";
import { ContextTab } from "./ContextTab";
import { ConversationTab } from "./ConversationTab";
import { Caller, InfoBar } from "./InfoBar";
import { isMissing, MissingSession } from "./MissingSession";
import { MetricsTab } from "./MetricsTab";
import { useLiveSession, useSession } from "./queries";
import "./session.css";
import type { Tab } from "./session_search";
import { SessionStatus } from "./settled_status";
import { SignalsTab } from "./SignalsTab";
import { StateTab } from "./StateTab";
import { Tabs } from "./Tabs";
import { TimelineTab } from "./TimelineTab";
import { TracesTab } from "./TracesTab";
import { listBefore } from "../sessions/list_before";
import { useSearchChange } from "./useSearchChange";

export function SessionPage() {
  const { key } = sessionRoute.useParams();
  return <OneSession key={key} sessionKey={key} />;
}

function OneSession({ sessionKey }: { sessionKey: string }) {
  const search = sessionRoute.useSearch();
  const navigate = useNavigate();
  const change = useSearchChange();
  const session = useSession(sessionKey);
  const signals = useSignalCount(sessionKey);
  const [isGone, setGone] = useState(false);
  const leave = useCallback((mergedInto: string | null) => {
    if (!mergedInto) return setGone(true);
    toast("It belongs to another session", { detail: "Its events moved there as more of them arrived." });
    void navigate({ to: "/sessions/$key", params: { key: mergedInto }, search, replace: true });
  }, [navigate, search]);
  useLiveSession(sessionKey, session.data?.id, leave);
  useTitle(session.data?.goal.slice(0, 60) || sessionKey);

  if (isGone) return <Gone sessionKey={sessionKey} />;
  if (session.isPending) return <div className="page"><Skeleton rows={6} /></div>;
  if (session.isError && neededBy(session.error).length > 0) return <Forbidden sessionKey={sessionKey} needs={neededBy(session.error)} />;
  if (isMissing(session.error)) return <MissingSession sessionKey={sessionKey} />;
  if (session.isError && !session.data) return <div className="page"><ErrorState error={session.error} retry={() => void session.refetch()} /></div>;
  const shown = session.data;
  const draw = (tab: Tab) => ({
    conversation: <ConversationTab session={shown} sessionKey={sessionKey} search={search} change={change} />,
    timeline: <TimelineTab session={shown} sessionKey={sessionKey} search={search} change={change} />,
    agents: <AgentsTab session={shown} sessionKey={sessionKey} />,
    context: <ContextTab session={shown} sessionKey={sessionKey} search={search} change={change} />,
    metrics: <MetricsTab session={shown} sessionKey={sessionKey} />,
    state: <StateTab sessionKey={sessionKey} search={search} change={change} />,
    traces: <TracesTab sessionKey={sessionKey} search={search} change={change} />,
    signals: <SignalsTab sessionKey={sessionKey} change={change} />,
  })[tab];
  return (
    <SessionStatus value={shown.status}>
    <div className="page session-page">
      <nav className="crumbs" aria-label="Breadcrumb">
        <Link to="/sessions" search={listBefore()}>Sessions</Link><span aria-hidden="true">/</span>
        {shown.parent_session_id && <><Caller id={shown.parent_session_id} /><span aria-hidden="true">/</span></>}
        <code aria-current="page">{shown.key}</code><Copy text={shown.key} label="Copy the key" />
        <span className="grow" />
        <ChatLink about={{ session: shown.key, agent: shown.agent_id }} label="Open this conversation in the chat console" />
        <CopyLink />
      </nav>
      <h1 className="goal-title">{shown.goal || shown.key}</h1>
      <InfoBar session={shown} />
      <ActionBar session={shown} sessionKey={sessionKey} />
      <Tabs current={search.tab ?? "conversation"} choose={(tab) => change({ tab }, true)} draw={draw}
        flags={{
          ...(shown.error_count ? { timeline: <span className="flag" title={counted(shown.error_count, "error")}>{shown.error_count}</span> } : {}),
          ...(signals ? { signals: <span className="flag flag-calm" title={counted(signals, "signal")} data-testid="signal-count">{signals}</span> } : {}),
        }} />
    </div>
    </SessionStatus>
  );
}

/** The address is read when it is pressed: it changes with every filter. */
function CopyLink() {
  const workspace = useWorkspace();
  const copy = async () => {
    const { origin, pathname, search } = location;
    const own = new URLSearchParams(search).get("workspace") ?? workspace;
    try {
      await copyText(own === DEFAULT ? location.href : origin + withWorkspace(pathname + search, own));
      toast("The link is copied", { detail: "It opens this view as you see it." });
    } catch (error) {
      toastError(error, "Nothing was copied");
    }
  };
  return <button type="button" className="button subtle" onClick={() => void copy()}>Copy link</button>;
}

/** Of a called session those without access are told nothing here; its caller's page shows how it went. */
function Forbidden({ sessionKey, needs }: { sessionKey: string; needs: string[] }) {
  return (
    <div className="state" data-testid="forbidden">
      <h1>You may not look into this session</h1>
      <p>{needs.includes("sessions.read_called") ? <>Another session called <code>{sessionKey}</code>. What called sessions did is open to those who may read them.</> : <code>{sessionKey}</code>}</p>
      <Missing needs={needs} />
      <Link to="/sessions" className="button">Go to the sessions</Link>
    </div>
  );
}

function Gone({ sessionKey }: { sessionKey: string }) {
  return (
    <div className="state" data-testid="gone">
      <h1>This session was deleted</h1>
      <p><code>{sessionKey}</code> and everything in it are gone for good.</p>
      <Link to="/sessions" className="button">Go to the sessions</Link>
    </div>
  );
}
