import { Link } from "@tanstack/react-router";
import { Pill } from "../app/StatusPill";
import { type Call, calledBy, restrictedBy, taskOf } from "./calls_out";
import { useChildren, useTasksOf } from "./queries";
import { RestrictedChip } from "./RestrictedChip";

/** Links from a tool call to what it waits for and whom it called. */
export function CallsOut({ sessionKey, call }: { sessionKey: string; call: Call }) {
  const tasks = useTasksOf(sessionKey);
  const children = useChildren(sessionKey);
  const task = taskOf(call, tasks.data?.items ?? []);
  const called = calledBy(call, children.data?.items ?? []);
  const restricted = restrictedBy(call, children.data?.items ?? []);
  if (!task && called.length === 0 && restricted.length === 0) return null;
  return (
    <span className="calls-out">
      {task && <Link to="/tasks/$id" params={{ id: task.id }} className="out" data-testid="task-link">{task.status === "open" ? "Waits for a person: " : "Task: "}{task.title} <Pill status={task.status} /></Link>}
      {called.map(({ session, isInferred }) => (
        <Link key={session.id} to="/sessions/$key" params={{ key: session.key }} className="out" data-testid="called-session" title={isInferred ? "It began while this call ran" : "The call names it"}>
          Called session: {session.goal || session.key} <Pill status={session.status} />{isInferred && <span className="none">inferred</span>}
        </Link>
      ))}
      {restricted.map((session, place) => <RestrictedChip key={place} session={session} />)}
    </span>
  );
}
