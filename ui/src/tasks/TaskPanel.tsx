import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useMay, useMyName, useWorkspace } from "../access/AccessContext";
import { Missing } from "../access/Missing";
import { get, sessionPath } from "../api/client";
import type { EventDetail, Session } from "../api/types";
import { withWorkspace } from "../api/workspace";
import { Copy } from "../app/States";
import { ago, dateTime, exact } from "../format";
import { Confirm } from "../shell/Confirm";
import { AnswerForm } from "./AnswerForm";
import { ApprovalForm } from "./ApprovalForm";
import { approvalOf } from "./approval";
import { Facts } from "../forms/Facts";
import { neededFor, type Task } from "./requests";
import { Outcome } from "./TaskRow";
import { consequence, deadlineWords, dueOf, instructionsOf, KIND_TITLES, outcomeWord } from "./task_words";
import { useClaim, useWithdraw } from "./use_answer";

const Markdown = lazy(() => import("../session/Markdown"));

export function TaskPanel({ task, now, close, next }: { task: Task; now: number; close: () => void; next: (() => void) | null }) {
  const approval = approvalOf(task);
  const instructions = instructionsOf(task, approval?.proposed);
  const needed = neededFor(task);
  const mayAnswer = useMay(needed);
  const link = location.origin + withWorkspace(`/tasks?task=${task.id}`, useWorkspace());
  return (
    <article className="task-panel" aria-label={task.title} data-testid="task-panel">
      <header>
        <p className="task-line"><span className={`task-kind kind-${task.kind}`}>{KIND_TITLES[task.kind]}</span>{task.status === "open" ? <Waiting task={task} now={now} /> : <Outcome task={task} />}</p>
        <h2>{task.title}</h2>
        <div className="panel-tools">
          {task.status === "open" && mayAnswer && <Claim task={task} />}
          <Copy text={link} label="Copy the link to this task" />
          <button type="button" className="icon-button" onClick={close} aria-label="Close">✕</button>
        </div>
      </header>
      <Origin task={task} />
      {instructions && <section className="instructions" aria-label="Instructions"><Suspense fallback={<p className="plain">{instructions}</p>}><Markdown text={instructions} /></Suspense></section>}
      {!approval?.proposed && <WaitingCall task={task} />}
      {task.status === "open" && !mayAnswer ? <section aria-label="Answer" data-testid="no-answer"><h3>You may read this task, not answer it</h3><Missing needs={[needed]} /></section>
        : task.status === "open" ? (approval ? <ApprovalForm task={task} approval={approval} /> : <AnswerForm task={task} />) : <Closed task={task} now={now} next={next} />}
      {task.status === "open" && mayAnswer && <Withdraw task={task} />}
    </article>
  );
}

function Waiting({ task, now }: { task: Task; now: number }) {
  const due = dueOf(task, now);
  return (
    <>
      <span className="none" title={exact(task.created_at)}>asked {ago(task.created_at, now)}</span>
      {due && <span className={`due${due.isSoon ? " soon" : ""}`} title={exact(task.deadline_at)}>{due.words}</span>}
    </>
  );
}

function Claim({ task }: { task: Task }) {
  const change = useClaim(task);
  const me = useMyName();
  if (task.claimed_by && task.claimed_by !== me) return <span className="claimed" title={exact(task.claimed_at)}>{task.claimed_by} is on it</span>;
  return (
    <button type="button" className="button" disabled={change.isPending} onClick={() => change.mutate(task.claimed_by ? "release" : "claim")} data-testid="claim">
      {task.claimed_by ? "Release" : "Claim"}
    </button>
  );
}

/** Who waits for it, where, and until when. */
function Origin({ task }: { task: Task }) {
  const mayRead = useMay("sessions.read");
  const session = useQuery({
    queryKey: ["tasks", "session", task.session_key],
    queryFn: ({ signal }) => get<Session>(sessionPath(task.session_key), signal),
    enabled: task.session_key !== "" && mayRead, retry: false,
  });
  const facts: [string, React.ReactNode][] = [
    ["Session", task.session_key && (!mayRead ? task.session_key : <Link to="/sessions/$key" params={{ key: task.session_key }}>{session.data?.goal || task.session_key}</Link>)],
    ["Agent", session.data?.agent_id && <Link to="/agents" search={{ q: session.data.agent_id }}>{session.data.agent_id}</Link>],
    ["Workflow", !task.session_key && (task.source || task.created_by)],
    [task.tool_call_id ? "Waiting call" : "Where", task.session_key && mayRead && <Link to="/sessions/$key" params={{ key: task.session_key }} search={{ tab: "timeline", event: task.event_id || `task:${task.id}` }} data-testid="waiting-call">{task.tool_call_id ? <code>{task.tool_call_id}</code> : "Show on the timeline"}</Link>],
    ["Meant for", [task.assignee, task.group && `group ${task.group}`].filter(Boolean).join(", ")],
    ["Deadline", (task.deadline_at || task.status === "open") && <span key="d" title={exact(task.deadline_at)}>{task.deadline_at && `${dateTime(task.deadline_at)}. `}{task.status === "open" && deadlineWords(task)}</span>],
  ];
  return <dl className="task-facts" data-testid="task-facts">{facts.filter(([, value]) => value).map(([title, value]) => <div key={title}><dt>{title}</dt><dd>{value}</dd></div>)}</dl>;
}

/** What the agent was about to do, if it said so. */
function WaitingCall({ task }: { task: Task }) {
  const mayRead = useMay("sessions.read");
  const event = useQuery({
    queryKey: ["tasks", "event", task.session_key, task.event_id],
    queryFn: ({ signal }) => get<EventDetail>(`${sessionPath(task.session_key)}/events/${encodeURIComponent(task.event_id)}`, signal),
    enabled: task.session_key !== "" && task.event_id !== "" && mayRead, retry: false,
  });
  if (!event.data) return null;
  const value = event.data.input.map((content) => content.value).find((one) => one != null);
  return (
    <section aria-label="Waiting call">
      <h3>{event.data.tool_name || event.data.name} waits</h3>
      {value != null && <Facts value={value} />}
    </section>
  );
}

function Closed({ task, now, next }: { task: Task; now: number; next: (() => void) | null }) {
  const word = outcomeWord(task);
  const who = task.status === "expired" ? "Nobody answered in time" : `${word[0]!.toUpperCase()}${word.slice(1)} by ${task.completed_by || "unknown"}`;
  return (
    <section className="closed" aria-label="Outcome" data-testid="outcome">
      <h3>{who}, <time dateTime={task.completed_at ?? ""} title={exact(task.completed_at)}>{ago(task.completed_at, now)}</time></h3>
      {task.outcome == null ? <p className="about">Without an answer.</p> : <Facts value={task.outcome} />}
      {next && <button type="button" className="button main" onClick={next}>Next open task</button>}
    </section>
  );
}

function Withdraw({ task }: { task: Task }) {
  const [isAsking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const cancel = useWithdraw(task);
  return (
    <footer className="withdraw">
      <button type="button" className="button subtle" onClick={() => setAsking(true)}>Cancel this task…</button>
      {isAsking && (
        <Confirm title="Cancel this task?" words={`${consequence(task, "cancel")} This cannot be taken back.`} yes="Cancel the task" tone="bad"
          isBusy={cancel.isPending} close={() => setAsking(false)} confirm={() => cancel.mutate(reason.trim(), { onSettled: () => setAsking(false) })}>
          <div className="field"><label htmlFor="withdraw-reason">Reason<span className="optional"> optional</span></label>
            <textarea id="withdraw-reason" rows={2} maxLength={512} value={reason} onChange={(event) => setReason(event.target.value)} /></div>
        </Confirm>
      )}
    </footer>
  );
}
