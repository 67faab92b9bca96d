import { useId, useState } from "react";
import { Confirm } from "../shell/Confirm";
import { draftOf, type Fault } from "../forms/answers";
import { type Approval, editOf, outcomeOf } from "./approval";
import { FormField, focusFault } from "../forms/FormFields";
import type { Task } from "./requests";
import { fieldOf } from "../forms/schema_form";
import { consequence } from "./task_words";
import { useComplete } from "./use_answer";
import { Facts } from "../forms/Facts";

const REASON = { ...fieldOf({ type: "string", title: "Reason", description: "The agent is told, whichever you choose." }), path: "reason", isRequired: false };

/** May this call go on? With its arguments, which can be changed, and a reason. */
export function ApprovalForm({ task, approval }: { task: Task; approval: Approval }) {
  const form = useId();
  const [reason, setReason] = useState("");
  const [edited, setEdited] = useState<ReturnType<typeof editOf> | null>(null);
  const [rest, setRest] = useState(() => (approval.rest ? draftOf(approval.rest) : null));
  const [asking, setAsking] = useState<"approve" | "deny" | null>(null);
  const [faults, setFaults] = useState<Fault[]>([]);
  const complete = useComplete(task, fieldOf(task.form ?? {}), (fault) => {
    setAsking(null);
    setFaults([fault]);
    setTimeout(() => focusFault(form, fault)); // after the dialog has given the focus back
  });
  const outcome = (verdict: "approve" | "deny") => outcomeOf(approval, verdict === "approve", reason, edited, rest);
  const ask = (verdict: "approve" | "deny") => {
    const found = outcome(verdict).faults;
    setFaults(found);
    if (found.length) focusFault(form, found[0]);
    else setAsking(verdict);
  };
  const isEdited = "arguments" in ((outcome("approve").value as object | undefined) ?? {});
  const stray = faults.find((fault) => fault.path === "" || fault.path === "approved");
  return (
    <form className="answer" noValidate onSubmit={(event) => event.preventDefault()} aria-label="Approval">
      <section aria-label="Arguments">
        <header className="part-head">
          <h3>Arguments of the call</h3>
          {edited === null
            ? <button type="button" className="button subtle" onClick={() => setEdited(editOf(approval))}>Change them</button>
            : <button type="button" className="button subtle" onClick={() => { setEdited(null); setFaults([]); }}>{isEdited ? "Undo the changes" : "Leave them"}</button>}
        </header>
        {edited !== null
          ? <div className="editing"><FormField field={{ ...approval.edit, title: "" }} draft={edited} change={setEdited} faults={faults} form={form} /></div>
          : approval.proposed ? <Facts value={approval.proposed} /> : <p className="about">The form does not tell them.</p>}
      </section>
      {approval.rest && rest && <FormField field={approval.rest} draft={rest} change={setRest} faults={faults} form={form} />}
      <FormField field={REASON} draft={reason} change={(next) => setReason(String(next))} faults={faults} form={form} />
      {stray && <p className="fault" role="alert" data-testid="fault">{stray.message}</p>}
      <div className="verdict">
        <button type="button" className="button ok" onClick={() => ask("approve")}>{isEdited ? "Approve with changes" : "Approve"}</button>
        <button type="button" className="button bad" onClick={() => ask("deny")}>Deny</button>
      </div>
      {asking && (
        <Confirm title={asking === "approve" ? (isEdited ? "Approve with your changes?" : "Approve?") : "Deny?"}
          words={`${consequence(task, asking, isEdited)} This cannot be taken back.`} tone={asking === "approve" ? "main" : "bad"}
          yes={asking === "approve" ? "Approve" : "Deny"} isBusy={complete.isPending} close={() => setAsking(null)}
          confirm={() => complete.mutate({ outcome: outcome(asking).value, verdict: asking }, { onSettled: () => setAsking(null) })}>
          {asking === "approve" && isEdited && <Facts value={(outcome("approve").value as { arguments: unknown }).arguments} before={approval.proposed} />}
          {asking === "deny" && !reason.trim() && <p className="note">You gave no reason. The agent will only know that it was denied.</p>}
        </Confirm>
      )}
    </form>
  );
}
