// The columns of the list: one line each. `sort` is the server's name of the column.

import type { ReactNode } from "react";
import { StatusPill } from "../app/StatusPill";
import type { Session } from "../api/types";
import { ago, count, duration, exact, money, short, UNKNOWN } from "../format";

export interface Column {
  id: string;
  title: string;
  sort?: string;
  width: string;
  isNumber?: boolean;
  draw: (session: Session, now: number) => ReactNode;
}

const text = (value: string) => value || <span className="none">{UNKNOWN}</span>;

export const COLUMNS: Column[] = [
  { id: "status", title: "Status", sort: "status", width: "100px", draw: (row) => <StatusPill session={row} /> },
  { id: "goal", title: "Session", sort: "goal", width: "minmax(240px, 3fr)", draw: (row) => <Named session={row} /> },
  { id: "agent", title: "Agent", sort: "agent_id", width: "minmax(88px, 1fr)", draw: (row) => <Agents session={row} /> },
  { id: "environment", title: "Env", sort: "environment", width: "90px", draw: (row) => text(row.environment) },
  { id: "channel", title: "Channel", sort: "channel", width: "66px", draw: (row) => text(row.channel) },
  { id: "model", title: "Model", width: "minmax(100px, 1fr)", draw: (row) => <Models session={row} /> },
  { id: "trigger", title: "Trigger", sort: "trigger_type", width: "74px", draw: (row) => text([row.trigger.type, row.trigger.source].filter(Boolean).join(" · ")) },
  { id: "messages", title: "Messages", sort: "message_count", width: "66px", isNumber: true, draw: (row) => count(row.message_count) },
  { id: "tools", title: "Tools", sort: "tool_call_count", width: "46px", isNumber: true, draw: (row) => count(row.tool_call_count) },
  { id: "errors", title: "Errors", sort: "error_count", width: "50px", isNumber: true, draw: (row) => <span className={row.error_count ? "bad" : "none"}>{count(row.error_count)}</span> },
  { id: "tokens", title: "Tokens", sort: "total_tokens", width: "58px", isNumber: true, draw: (row) => <span title={`${count(row.input_tokens)} in, ${count(row.output_tokens)} out`}>{short(row.total_tokens)}</span> },
  { id: "cost", title: "Cost", sort: "cost_usd", width: "66px", isNumber: true, draw: (row) => <span title={row.unpriced_calls ? `${row.unpriced_calls} calls have no known price` : undefined}>{money(row.cost_usd)}{row.unpriced_calls && row.cost_usd != null ? "+" : ""}</span> },
  { id: "duration", title: "Duration", sort: "duration_ms", width: "72px", isNumber: true, draw: (row) => duration(row.duration_ms) },
  { id: "started", title: "Started", sort: "started_at", width: "92px", isNumber: true, draw: (row, now) => <time dateTime={row.started_at ?? ""} title={exact(row.started_at)}>{ago(row.started_at, now)}</time> },
];
export const GRID = COLUMNS.map((column) => column.width).join(" ");

function Named({ session }: { session: Session }) {
  return (
    <span className="named">
      <span className="goal">{session.goal || session.key}</span>
      {session.match
        ? <span className="passage" data-testid="passage">“{session.match.passage}”</span>
        : <span className="key">{session.key}</span>}
    </span>
  );
}

function Agents({ session }: { session: Session }) {
  const others = session.agents.filter((agent) => agent !== session.agent_id).length;
  return <span title={session.agents.join(", ")}>{text(session.agent_id)}{others > 0 && <span className="more"> +{others}</span>}</span>;
}

function Models({ session }: { session: Session }) {
  const first = session.models[0];
  if (!first) return text("");
  return <span title={session.models.map((use) => use.model).join(", ")}>{first.model}{session.models.length > 1 && <span className="more"> +{session.models.length - 1}</span>}</span>;
}
