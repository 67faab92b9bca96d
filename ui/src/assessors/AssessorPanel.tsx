import { useState } from "react";
import { useMay } from "../access/AccessContext";
import { Missing } from "../access/Missing";
import { ApiError } from "../api/client";
import { Copy } from "../app/States";
import { pageLink } from "../components/page_link";
import { Switch } from "../components/Switch";
import { Facts } from "../forms/Facts";
import { ago, exact } from "../format";
import { Confirm } from "../shell/Confirm";
import { toastError } from "../shell/toasts";
import { AssessorEditor } from "./AssessorEditor";
import type { Assessor, AssessorBody, AssessorForm, Counts } from "./assessor_types";
import { countWords, KINDS, ROLES } from "./assessor_words";
import { useDelete, useSave, useSwitch } from "./queries";

interface Props {
  assessor: Assessor | null; // null makes a new one
  forms: readonly AssessorForm[]; counts: Counts | undefined; now: number;
  tellDirty: (isDirty: boolean) => void; close: () => void; open: (id: string) => void; showSaid: (id: string) => void;
}

/** One assessor: how it does, changing and deleting it. */
export function AssessorPanel({ assessor, forms, counts, now, tellDirty, close, open, showSaid }: Props) {
  const save = useSave();
  const mayDecide = useMay("admin");
  const send = ({ kind, is_active, ...body }: AssessorBody, refused: (message: string) => void) => {
    const part = assessor ? body : { ...body, kind, is_active };
    save.mutate({ id: assessor?.id ?? null, part }, {
      onSuccess: (saved) => { tellDirty(false); if (!assessor) open(saved.id); },
      onError: (error) => { if (error instanceof ApiError && error.status === 422) refused(error.message); else toastError(error, "It was not saved"); },
    });
  };
  return (
    <article className="side-panel" aria-label={assessor?.name ?? "New assessor"} data-testid="assessor-panel">
      <header>
        <h2>{assessor?.name ?? "New assessor"}</h2>
        {assessor && <Copy text={pageLink({ assessor: assessor.id })} label="Copy the link to this assessor" />}
        <button type="button" className="icon-button" onClick={close} aria-label="Close">✕</button>
      </header>
      {assessor && <Standing assessor={assessor} now={now} showSaid={showSaid} isFixed={!mayDecide} />}
      {counts?.last_outcome === "failed" && (
        <p className="error-text" role="status" data-testid="failing">It failed <time title={exact(counts.failed_at)}>{ago(counts.failed_at, now)}</time>: {counts.failure}</p>
      )}
      {assessor && <p className="about">{counts ? countWords(counts) : "It has said nothing in 7 days"}.</p>}
      {!mayDecide ? <>{assessor && <Facts value={{ Kind: KINDS[assessor.kind].title, Role: ROLES[assessor.role].title, ...assessor.config }} />}<Missing needs={["admin"]} /></> : <AssessorEditor key={`${assessor?.id ?? "new"} ${assessor?.updated_at ?? ""}`} forms={forms} assessor={assessor} yes={assessor ? "Save" : "Let it look"} isBusy={save.isPending} save={send} tellDirty={tellDirty} />}
      {assessor && mayDecide && <Remove assessor={assessor} gone={() => { tellDirty(false); close(); }} />}
    </article>
  );
}

function Standing({ assessor, now, showSaid, isFixed }: { assessor: Assessor; now: number; showSaid: (id: string) => void; isFixed: boolean }) {
  const turn = useSwitch();
  return (
    <p className="panel-facts">
      <span className="switch-line"><Switch isOn={assessor.is_active} change={() => turn.mutate(assessor)} label={`${assessor.name} is on`} isBusy={turn.isPending || isFixed} /> <span aria-hidden="true">{assessor.is_active ? "On" : "Off"}</span></span>
      <span className="about">made by {assessor.created_by || "unknown"} <time title={exact(assessor.created_at)}>{ago(assessor.created_at, now)}</time></span>
      <button type="button" className="link" onClick={() => showSaid(assessor.id)}>What it said</button>
    </p>
  );
}

function Remove({ assessor, gone }: { assessor: Assessor; gone: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const remove = useDelete();
  return (
    <footer className="withdraw">
      <button type="button" className="button subtle" onClick={() => setAsking(true)}>Delete this assessor…</button>
      {isAsking && (
        <Confirm title={`Delete “${assessor.name}”?`} words="It looks at no trace any more. What it has said stays with the traces. This cannot be taken back." yes="Delete" tone="bad"
          isBusy={remove.isPending} close={() => setAsking(false)} confirm={() => remove.mutate(assessor, { onSuccess: gone, onSettled: () => setAsking(false) })} />
      )}
    </footer>
  );
}
