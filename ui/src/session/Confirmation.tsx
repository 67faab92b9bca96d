import * as Dialog from "@radix-ui/react-alert-dialog";
import { useState } from "react";
import type { ActionRequest } from "../api/act";
import type { Question } from "./actions";
import { focusBack } from "../shell/focus_back";

interface Props { question: Question; isDanger: boolean; exportFrom: string; close: () => void; confirm: (given: ActionRequest) => void }

/** Says what will happen before it does. */
export function Confirmation({ question, isDanger, exportFrom, close, confirm }: Props) {
  const [given, setGiven] = useState<ActionRequest>({});
  const asks = (name: Question["asks"][number]) => question.asks.includes(name);
  return (
    <Dialog.Root open onOpenChange={(isOpen) => { if (!isOpen) close(); }}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content onCloseAutoFocus={focusBack} className="dialog" data-testid="confirmation">
          <form onSubmit={(event) => { event.preventDefault(); confirm(given); }}>
            <Dialog.Title>{question.title}</Dialog.Title>
            <Dialog.Description asChild><div>{question.says.map((line) => <p key={line}>{line}</p>)}</div></Dialog.Description>
            {asks("instructions") && (
              <label className="field">What the summary should keep <span className="none">optional</span>
                <textarea rows={3} value={given.instructions ?? ""} onChange={(event) => setGiven({ ...given, instructions: event.target.value })} /></label>
            )}
            {asks("keep_turns") && (
              <label className="field row-field">Turns that stay as they are
                <input type="number" min={1} max={1000} placeholder="the server’s choice" value={given.keep_turns ?? ""}
                  onChange={(event) => setGiven({ ...given, keep_turns: event.target.value ? Number(event.target.value) : null })} /></label>
            )}
            {asks("reason") && (
              <label className="field">Reason <span className="none">optional, shown with the status</span>
                <input type="text" maxLength={512} value={given.reason ?? ""} onChange={(event) => setGiven({ ...given, reason: event.target.value })} /></label>
            )}
            {asks("cascade") && (
              <label className="check"><input type="checkbox" checked={given.cascade ?? false} onChange={(event) => setGiven({ ...given, cascade: event.target.checked })} />
                Cancel the sessions that it called, too</label>
            )}
            {exportFrom && <p className="suggest">Keep a copy first: <a className="button" href={exportFrom} download>Export JSONL</a></p>}
            <div className="dialog-foot">
              <Dialog.Cancel className="button">Keep it as it is</Dialog.Cancel>
              <button type="submit" className={`button ${isDanger ? "button-alarm" : "button-strong"}`} data-testid="confirm">{question.confirm}</button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
