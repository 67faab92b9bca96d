import { useId, useMemo, useState } from "react";
import { Confirm } from "../shell/Confirm";
import { draftOf, type Fault, read } from "../forms/answers";
import { FormField, focusFault } from "../forms/FormFields";
import type { Task } from "./requests";
import { formOf } from "./task_form";
import { consequence } from "./task_words";
import { useComplete } from "./use_answer";

/** The task's form, the check of what was typed, and the question whether that is meant. */
export function AnswerForm({ task }: { task: Task }) {
  const form = useId();
  const field = useMemo(() => formOf(task), [task]);
  const [draft, setDraft] = useState(() => draftOf(field));
  const [isTried, setTried] = useState(false);
  const [refusal, setRefusal] = useState<Fault | null>(null);
  const [isAsking, setAsking] = useState(false);
  const reading = read(field, draft);
  const faults = [...(refusal ? [refusal] : []), ...(isTried ? reading.faults : [])];
  const complete = useComplete(task, field, (fault) => {
    setRefusal(fault);
    setAsking(false);
    setTimeout(() => focusFault(form, fault)); // after the dialog has given the focus back
  });
  const submit = () => {
    setTried(true);
    if (reading.faults.length) focusFault(form, reading.faults[0]);
    else setAsking(true);
  };
  const title = task.kind === "question" ? "Send the answer" : "Complete";
  return (
    <form className="answer" noValidate onSubmit={(event) => { event.preventDefault(); submit(); }} aria-label={task.kind === "question" ? "Answer" : "Outcome"}>
      <FormField field={field} draft={draft} faults={faults} form={form} change={(next) => { setDraft(next); setRefusal(null); }} />
      {refusal?.path === "" && field.kind === "group" && !field.title && <p className="fault" role="alert" data-testid="fault">{refusal.message}</p>}
      <div className="verdict">
        <button type="submit" className="button main">{title}</button>
        <p className="about">{consequence(task, "complete")}</p>
      </div>
      {isAsking && (
        <Confirm title={`${title}?`} words={`${consequence(task, "complete")} This cannot be taken back.`} yes={title}
          isBusy={complete.isPending} close={() => setAsking(false)}
          confirm={() => complete.mutate({ outcome: reading.value ?? null, verdict: "complete" }, { onSettled: () => setAsking(false) })} />
      )}
    </form>
  );
}
