import { Link } from "@tanstack/react-router";
import { ago, exact } from "../format";
import { useMyName } from "../access/AccessContext";
import type { Task } from "./requests";
import { dueOf, KIND_TITLES, originOf, outcomeWord } from "./task_words";

const TONES: Record<string, string> = { approved: "ok", completed: "ok", denied: "bad", canceled: "calm", expired: "warn" };

export function TaskRow({ task, isShown, now }: { task: Task; isShown: boolean; now: number }) {
  const me = useMyName();
  const due = task.status === "open" ? dueOf(task, now) : null;
  return (
    <li>
      <Link from="/tasks" to="/tasks" search={(before) => ({ ...before, task: task.id })} replace className="task-row" data-testid="task-row"
        data-task={task.id} aria-current={isShown ? "true" : undefined}>
        <span className="task-line">
          <span className={`task-kind kind-${task.kind}`}>{KIND_TITLES[task.kind]}</span>
          {task.claimed_by && <span className="claimed">{task.claimed_by === me ? "yours" : task.claimed_by}</span>}
          {due && <span className={`due${due.isSoon ? " soon" : ""}`}>{due.words}</span>}
          <span className="grow" />
          <time dateTime={task.created_at ?? ""} title={exact(task.created_at)}>{ago(task.created_at, now)}</time>
        </span>
        <span className="task-title">{task.title}</span>
        <span className="task-line"><span className="key">{originOf(task)}</span>{task.status !== "open" && <Outcome task={task} />}</span>
      </Link>
    </li>
  );
}

export function Outcome({ task }: { task: Task }) {
  const word = outcomeWord(task);
  return <span className={`pill pill-${TONES[word] ?? "warn"}`} data-status={task.status}><i aria-hidden="true" />{word}</span>;
}
