// The columns of the list: one line each. `sort` is the server's name of the column.

import type { ReactNode } from "react";
import { WorkspaceName } from "../access/WorkspaceName";
import { StatusPill } from "../app/StatusPill";
import type { Session } from "../api/types";
import { ago, count, duration, exact, money, short, UNKNOWN, unpriced } from "../format";

export interface Column {
  id: string;
  title: string;
  sort?: string;
  width: string;
  isNumber?: boolean;
  isHidden?: boolean; // unless a person chooses it
  draw: (session: Session, now: number) => ReactNode;
}

const text = (value: string) => (value ? <span title={value}>{value}</span> : <span className="none">{UNKNOWN}</span>);
const time = (value: string | null, now: number) => <time dateTime={value ?? ""} title={exact(value)}>{ago(value, now)}</time>;
const zero = (value: number, isBad = false) => <span className={value ? (isBad ? "bad" : "") : "none"}>{count(value)}</span>;

/** What belongs together stands in one cell, one above the other. */
const pair = (first: ReactNode, second: string) => (
  <span className="pair"><span>{first}</span>{second && <span className="second" title={second}>{second}</span>}</span>
);

/** Stands second while all workspaces are shown; nobody chooses it. */
export const WORKSPACE_COLUMN: Column = { id: "workspace", title: "Workspace", width: "minmax(92px, .5fr)", draw: (row) => <WorkspaceName id={row.workspace_id} /> };

export const COLUMNS: readonly Column[] = [
  { id: "goal", title: "Session", sort: "goal", width: "minmax(230px, 3fr)", draw: () => null },
  { id: "status", title: "Status", sort: "status", width: "108px", draw: (row) => <StatusPill session={row} /> },
  { id: "agent", title: "Agent · model", sort: "agent_id", width: "minmax(120px, 1fr)", draw: (row) => pair(<Agents session={row} />, row.models.map((use) => use.model).join(", ")) },
  { id: "environment", title: "Env · channel", sort: "environment", width: "minmax(96px, .5fr)", draw: (row) => pair(text(row.environment || row.channel), row.environment ? row.channel : "") },
  { id: "trigger", title: "Trigger · source", sort: "trigger_type", width: "minmax(108px, .6fr)", draw: (row) => pair(text(row.trigger.type || row.trigger.source), row.trigger.type ? row.trigger.source : "") },
  { id: "errors", title: "Errors", sort: "error_count", width: "52px", isNumber: true, draw: (row) => zero(row.error_count, true) },
  { id: "tokens", title: "Tokens", sort: "total_tokens", width: "58px", isNumber: true, draw: (row) => <span title={`${count(row.input_tokens)} in, ${count(row.output_tokens)} out`}>{short(row.total_tokens)}</span> },
  { id: "cost", title: "Cost", sort: "cost_usd", width: "70px", isNumber: true, draw: (row) => <span title={row.unpriced_calls ? unpriced(row.unpriced_calls) : undefined}>{money(row.cost_usd)}{row.unpriced_calls && row.cost_usd != null ? "+" : ""}</span> },
  { id: "duration", title: "Duration", sort: "duration_ms", width: "74px", isNumber: true, draw: (row) => duration(row.duration_ms) },
  { id: "started", title: "Started", sort: "started_at", width: "88px", isNumber: true, draw: (row, now) => time(row.started_at, now) },
  { id: "messages", title: "Messages", sort: "message_count", width: "76px", isNumber: true, isHidden: true, draw: (row) => zero(row.message_count) },
  { id: "tools", title: "Tool calls", sort: "tool_call_count", width: "76px", isNumber: true, isHidden: true, draw: (row) => zero(row.tool_call_count) },
  { id: "model", title: "Model", width: "minmax(104px, 1fr)", isHidden: true, draw: (row) => <Models session={row} /> },
  { id: "channel", title: "Channel", sort: "channel", width: "86px", isHidden: true, draw: (row) => text(row.channel) },
  { id: "source", title: "Source", sort: "source", width: "minmax(84px, .7fr)", isHidden: true, draw: (row) => text(row.trigger.source) },
  { id: "last_activity", title: "Last activity", sort: "last_activity_at", width: "96px", isNumber: true, isHidden: true, draw: (row, now) => time(row.last_activity_at, now) },
  { id: "ended", title: "Ended", sort: "ended_at", width: "92px", isNumber: true, isHidden: true, draw: (row, now) => time(row.ended_at, now) },
  { id: "service", title: "Service", sort: "service", width: "96px", isHidden: true, draw: (row) => text(row.service) },
  { id: "origin", title: "Origin", sort: "origin", width: "92px", isHidden: true, draw: (row) => text(row.origin) },
  { id: "kind", title: "Kind", sort: "kind", width: "96px", isHidden: true, draw: (row) => text(row.kind) },
  { id: "attention", title: "Attention", sort: "attention", width: "104px", isHidden: true, draw: (row) => text(row.attention === "none" ? "" : row.attention.replace("_", " ")) },
  { id: "user", title: "User", sort: "user_id", width: "96px", isHidden: true, draw: (row) => text(row.user_id) },
  { id: "experiment", title: "Experiment", sort: "experiment_id", width: "104px", isHidden: true, draw: (row) => text([row.experiment_id, row.variant].filter(Boolean).join(" · ")) },
  { id: "traces", title: "Traces", sort: "trace_count", width: "60px", isNumber: true, isHidden: true, draw: (row) => zero(row.trace_count) },
  { id: "events", title: "Events", sort: "event_count", width: "64px", isNumber: true, isHidden: true, draw: (row) => zero(row.event_count) },
  { id: "calls", title: "Model calls", sort: "llm_call_count", width: "84px", isNumber: true, isHidden: true, draw: (row) => zero(row.llm_call_count) },
  { id: "compactions", title: "Compactions", sort: "compactions", width: "92px", isNumber: true, isHidden: true, draw: (row) => zero(row.compactions) },
  { id: "resets", title: "Resets", sort: "resets", width: "58px", isNumber: true, isHidden: true, draw: (row) => zero(row.resets) },
  { id: "score", title: "Score", width: "60px", isNumber: true, isHidden: true, draw: (row) => (typeof row.metrics.score === "number" ? row.metrics.score.toFixed(2) : UNKNOWN) },
];

function Agents({ session }: { session: Session }) {
  const others = session.agents.filter((agent) => agent !== session.agent_id).length;
  return <span title={session.agents.join(", ")}>{session.agent_id || <span className="none">{UNKNOWN}</span>}{others > 0 && <span className="more"> +{others}</span>}</span>;
}

function Models({ session }: { session: Session }) {
  const first = session.models[0];
  if (!first) return text("");
  return <span title={session.models.map((use) => use.model).join(", ")}>{first.model}{session.models.length > 1 && <span className="more"> +{session.models.length - 1}</span>}</span>;
}
