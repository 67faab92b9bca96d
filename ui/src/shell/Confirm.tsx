import * as Alert from "@radix-ui/react-alert-dialog";
import type { ReactNode } from "react";
import { focusBack } from "./focus_back";

interface Asked {
  title: string;
  words: string; // what will happen
  yes: string;
  tone?: "main" | "bad";
  isBusy?: boolean;
  confirm: () => void;
  close: () => void;
  children?: ReactNode;
}

export function Confirm({ title, words, yes, tone = "main", isBusy = false, confirm, close, children }: Asked) {
  return (
    <Alert.Root open onOpenChange={(isOpen) => { if (!isOpen) close(); }}>
      <Alert.Portal>
        <Alert.Overlay className="veil" />
        <Alert.Content onCloseAutoFocus={focusBack} className="dialog" data-testid="confirm">
          <Alert.Title>{title}</Alert.Title>
          <Alert.Description>{words}</Alert.Description>
          {children}
          <div className="dialog-foot">
            <Alert.Cancel className="button">Go back</Alert.Cancel>
            <button type="button" className={`button ${tone}`} onClick={confirm} disabled={isBusy}>{yes}</button>
          </div>
        </Alert.Content>
      </Alert.Portal>
    </Alert.Root>
  );
}
