import * as Alert from "@radix-ui/react-alert-dialog";
import type { ReactNode } from "react";
import "./dialogs.css";
import { focusBack } from "../shell/focus_back";

interface Props {
  title: string; text: string[]; confirm: string; isDangerous?: boolean; isBusy?: boolean;
  onConfirm: () => void; onClose: () => void; children?: ReactNode; extra?: ReactNode;
}

/** Says what will happen and waits for a yes. Focus begins at the way out, and Escape takes it. */
export function ConfirmDialog({ title, text, confirm, isDangerous, isBusy, onConfirm, onClose, children, extra }: Props) {
  return (
    <Alert.Root open onOpenChange={(isOpen) => { if (!isOpen) onClose(); }}>
      <Alert.Portal>
        <Alert.Overlay className="modal-veil" />
        <Alert.Content onCloseAutoFocus={focusBack} className="modal" data-testid="confirm">
          <Alert.Title>{title}</Alert.Title>
          <Alert.Description asChild>
            <div className="modal-text">{text.map((line) => <p key={line}>{line}</p>)}</div>
          </Alert.Description>
          {children}
          <div className="modal-foot">
            {extra}<span className="grow" />
            <Alert.Cancel className="button">Keep as is</Alert.Cancel>
            <button type="button" className={`button ${isDangerous ? "button-yes-danger" : "button-yes"}`} disabled={isBusy} onClick={onConfirm} data-testid="confirm-yes">{confirm}</button>
          </div>
        </Alert.Content>
      </Alert.Portal>
    </Alert.Root>
  );
}
