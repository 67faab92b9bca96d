import * as Dialog from "@radix-ui/react-dialog";
import { type FormEvent, useRef, useState } from "react";
import { toast } from "../shell/toasts";
import { bodyOf, type ChosenStatus, type Draft, draftOf, type Experiment, faultsOf, MAX_VARIANTS, named, newDraft, variantDraft } from "./experiment_draft";
import { useChange, useCreate } from "./queries";
import { TypedField } from "./TypedField";
import { VariantFields } from "./VariantFields";
import "../components/dialogs.css";
import { focusBack } from "../shell/focus_back";

const STATUSES: readonly [ChosenStatus, string][] = [["running", "Running: whoever asks gets a variant"], ["draft", "Draft: not yet"], ["stopped", "Stopped: no longer"]];
interface Props { experiment?: Experiment; close: () => void; onCreated?: (id: string) => void }

/** Creates an experiment, declares one that only sessions name, or changes one. */
export function ExperimentDialog({ experiment, close, onCreated }: Props) {
  const [draft, setDraft] = useState<Draft>(() => (experiment ? draftOf(experiment) : newDraft()));
  const [isTried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const begun = useRef(JSON.stringify(draft));
  const create = useCreate();
  const change = useChange(experiment?.id ?? "");
  const isNew = !experiment || experiment.status === "undeclared";
  const refusal = create.error ?? change.error;
  const isBusy = create.isPending || change.isPending;
  const faults = isTried ? faultsOf(draft) : {};
  const isDirty = JSON.stringify(draft) !== begun.current;
  const title = !experiment ? "New experiment" : isNew ? `Declare “${experiment.id}”` : `Edit “${experiment.name || experiment.id}”`;
  const done = (saved: Experiment, news: string) => { close(); toast(news, { tone: "ok" }); onCreated?.(saved.id); };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(faultsOf(draft)).length) {
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    const { id, ...rest } = bodyOf(draft);
    if (isNew) create.mutate({ id: id ?? null, ...rest }, { onSuccess: (saved) => done(saved, `Experiment “${saved.name || saved.id}” created`) });
    else change.mutate(rest, { onSuccess: (saved) => done(saved, `Experiment “${saved.name || saved.id}” saved`) });
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => { if (!isOpen) close(); }}>
      <Dialog.Portal>
        <Dialog.Overlay className="modal-veil" />
        <Dialog.Content onCloseAutoFocus={focusBack} className="modal experiment-dialog" aria-describedby={undefined} data-testid="experiment-dialog"
          onInteractOutside={(event) => { if (isDirty) event.preventDefault(); }}>
          <Dialog.Title>{title}</Dialog.Title>
          <form ref={form} onSubmit={submit} noValidate>
            <TypedField label="Name">
              {(told) => <input type="text" {...told} value={draft.name} maxLength={256} autoComplete="off" onChange={(event) => setDraft(named(draft, event.target.value))} />}
            </TypedField>
            {!experiment && (
              <TypedField label="Id, as sessions carry it" fault={faults.id}>
                {(told) => <input type="text" className="mono" {...told} value={draft.id} maxLength={512} autoComplete="off" spellCheck={false} onChange={(event) => setDraft({ ...draft, id: event.target.value, isIdTyped: true })} />}
              </TypedField>
            )}
            <div className="side-by-side">
              <TypedField label="Agent, if it is about one">
                {(told) => <input type="text" {...told} value={draft.agent} maxLength={512} autoComplete="off" onChange={(event) => setDraft({ ...draft, agent: event.target.value })} />}
              </TypedField>
              <TypedField label="Status">
                {(told) => (
                  <select {...told} value={draft.status} onChange={(event) => setDraft({ ...draft, status: event.target.value as ChosenStatus })}>
                    {STATUSES.map(([status, words]) => <option key={status} value={status}>{words}</option>)}
                  </select>
                )}
              </TypedField>
            </div>
            <VariantFields variants={draft.variants} faults={faults} change={(variants) => setDraft({ ...draft, variants })} />
            <div>
              <button type="button" className="button subtle" disabled={draft.variants.length >= MAX_VARIANTS} onClick={() => setDraft({ ...draft, variants: [...draft.variants, variantDraft()] })}>+ Add a variant</button>
            </div>
            {!isNew && <p className="about">Who has a variant keeps it, whatever becomes of weights and variants; a changed configuration holds from the next time they ask.</p>}
            {refusal && <p className="error-text" role="alert" data-testid="refusal">It was not saved: {refusal.message}</p>}
            <div className="modal-foot">
              <span className="grow" /><Dialog.Close className="button">{isDirty ? "Discard" : "Close"}</Dialog.Close>
              <button type="submit" className="button button-yes" disabled={isBusy} data-testid="experiment-save">{isNew ? "Create" : "Save"}</button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
