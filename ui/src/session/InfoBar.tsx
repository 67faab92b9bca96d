import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { StatusPill } from "../app/StatusPill";
import { neededBy } from "../api/client";
import { Copy } from "../app/States";
import type { Session } from "../api/types";
import { ago, count, counted, dateTime, duration, exact, money, short, UNKNOWN, unpriced } from "../format";
import { Value } from "./Parts";
import { useOther } from "./queries";

const WAITED_FOR: Record<string, string> = { user: "the user", review: "a review", human_task: "a person" };

const SHORT_REASON = 60; // characters that always fit beside the status

/** What a session is, at a glance. */
export function InfoBar({ session }: { session: Session }) {
  const [isOpen, setOpen] = useState(false);
  const models = session.models.map((use) => use.model);
  const facts: (readonly [string, ReactNode, (string | undefined)?])[] = [
    ["Status", <StatusPill key="s" session={session} />],
    ["Agent", session.agent_id || session.agents[0] || UNKNOWN, session.agents.join(", ")],
    ["Channel", session.channel || UNKNOWN],
    ["Environment", session.environment || UNKNOWN],
    ["Messages", count(session.message_count)],
    ["Tokens", short(session.total_tokens), `${count(session.total_tokens)}: ${count(session.input_tokens)} in (${count(session.cache_read_tokens)} cached), ${count(session.output_tokens)} out`],
    ["Cost", <>{money(session.cost_usd)}{session.unpriced_calls && session.cost_usd != null ? "+" : ""}</>, session.unpriced_calls ? unpriced(session.unpriced_calls) : undefined],
    ["Traces", count(session.trace_count)],
    ["Errors", <span key="e" className={session.error_count ? "bad" : ""}>{count(session.error_count)}</span>],
    ["Models", models[0] ? `${models[0]}${models.length > 1 ? ` +${models.length - 1}` : ""}` : UNKNOWN, models.join(", ")],
    ["Created", <time key="d" dateTime={session.started_at ?? ""} title={exact(session.started_at)}>{dateTime(session.started_at)}</time>],
    ["Duration", duration(session.duration_ms)],
    ...(session.experiment_id ? [["Experiment", <ExperimentOf key="x" session={session} />, `${session.experiment_id} · ${session.variant}`] as const] : []),
  ];
  return (
    <>
      <dl className="info-bar" data-testid="info-bar">{facts.map(([title, value, more]) => <div key={title}><dt>{title}</dt><dd title={more}>{value}</dd></div>)}</dl>
      <p className="because">
        <span className="because-words" data-testid="because" title={session.status_reason || undefined}>
        <b>{session.status}</b> since <time title={exact(session.status_since)}>{ago(session.status_since, Date.now())}</time>
        {session.status_reason && <>, because {session.status_reason}</>} · {session.status_evidence}
        {session.waiting_on && <> · <b>waiting for {WAITED_FOR[session.waiting_on] ?? session.waiting_on}</b></>}
        {session.archived_at && <> · archived <time title={exact(session.archived_at)}>{ago(session.archived_at, Date.now())}</time></>}
        </span>
        <button type="button" className="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} data-testid="more-facts">{isOpen ? "Less" : "More about it"}</button>
      </p>
      {isOpen && <MoreFacts session={session} />}
    </>
  );
}

/** Everything else that is known of it: how it was started, with what, where. */
function MoreFacts({ session }: { session: Session }) {
  const facts: [string, ReactNode][] = [
    ["Id", <><code>{session.id}</code><Copy text={session.id} label="Copy the id" /></>],
    ["Kind", session.is_derived ? `${session.kind}, made of one trace` : session.kind],
    ["Reason", session.status_reason.length > SHORT_REASON && session.status_reason],
    ["Trigger", [session.trigger.type, session.trigger.source].filter(Boolean).join(" · ")],
    ["Called by", session.parent_session_id && <Caller id={session.parent_session_id} />],
    ["Service", session.service], ["Origin", session.origin], ["User", session.user_id],
    ["Variant", session.experiment_id ? "" : session.variant],
    ["Ended", session.ended_at && <time title={exact(session.ended_at)}>{dateTime(session.ended_at)}{session.end_reason && ` (${session.end_reason})`}</time>],
    ["Last activity", <time title={exact(session.last_activity_at)}>{dateTime(session.last_activity_at)}</time>],
    ["Steering", session.controllable ? `${session.controllable_reason}: ${session.verbs.join(", ")}` : session.controllable_reason],
    ["Revived", session.revived_count ? counted(session.revived_count, "time") : ""],
  ];
  const prompt = session.resolved_prompt || session.prompt_template;
  return (
    <div className="more-facts" data-testid="facts">
      <dl className="facts">{facts.filter(([, value]) => value).map(([title, value]) => <div key={title}><dt>{title}</dt><dd>{value}</dd></div>)}</dl>
      {prompt && <div data-testid="resolved-prompt"><Value value={prompt} label="Prompt, with its inputs" /></div>}
      {session.prompt_template && session.prompt_template !== prompt && <Value value={session.prompt_template} label="Prompt template" />}
      {Object.keys(session.prompt_inputs).length > 0 && <Value value={session.prompt_inputs} label="Prompt inputs" />}
      {Object.keys(session.tags).length > 0 && <Value value={session.tags} label="Tags" />}
      {Object.keys(session.metadata).length > 0 && <Value value={session.metadata} label="Metadata and environment configuration" />}
    </div>
  );
}

function ExperimentOf({ session }: { session: Session }) {
  return <><Link to="/experiments/$id" params={{ id: session.experiment_id }} search={{}} data-testid="experiment">{session.experiment_id}</Link>{session.variant && ` · ${session.variant}`}</>;
}

export function Caller({ id }: { id: string }) {
  const caller = useOther(id);
  if (neededBy(caller.error).length > 0) return <span className="none" title={neededBy(caller.error).join()} data-testid="caller">a session that you may not look into</span>;
  return <Link to="/sessions/$key" params={{ key: caller.data?.key ?? id }} data-testid="caller">{caller.data?.goal || caller.data?.key || id}</Link>;
}
