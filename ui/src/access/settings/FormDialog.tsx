import * as Dialog from "@radix-ui/react-dialog";
import type { FormEvent, ReactNode } from "react";
import { focusBack } from "../../shell/focus_back";

interface Props {
  title: string; about?: ReactNode; yes: string; error: Error | null; isBusy: boolean; isReady?: boolean;
  submit: (given: FormData) => void; close: () => void; children: ReactNode;
}

/** Asks for what is to be made, and says what the server found wrong with it. */
export function FormDialog({ title, about, yes, error, isBusy, isReady = true, submit, close, children }: Props) {
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    submit(new FormData(event.currentTarget));
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => { if (!isOpen) close(); }}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content onCloseAutoFocus={focusBack} className="dialog wide-dialog" data-testid="form-dialog" {...(about ? {} : { "aria-describedby": undefined })}>
          <Dialog.Title>{title}</Dialog.Title>
          {about && <Dialog.Description className="about" asChild><div>{about}</div></Dialog.Description>}
          <form onSubmit={send}>
            {children}
            {error && <p className="error-text" role="alert" data-testid="form-error">{error.message}</p>}
            <div className="dialog-foot">
              <Dialog.Close className="button">Go back</Dialog.Close>
              <button type="submit" className="button main" disabled={isBusy || !isReady} data-testid="form-yes">{yes}</button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
