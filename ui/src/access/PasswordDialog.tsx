import * as Dialog from "@radix-ui/react-dialog";
import { type FormEvent, useState } from "react";
import { ApiError } from "../api/client";
import { toast } from "../shell/toasts";
import { askAgainWhoIAm, keepMe, logIn, setPassword, waitOf, waitWords } from "./me";
import { focusBack } from "../shell/focus_back";

const MIN_CHARS = 10;
const MAX_CHARS = 1_000;

/** A new password ends every login, this one too: so it logs in anew with it. */
export function PasswordDialog({ email, close }: { email: string; close: () => void }) {
  const [isBusy, setBusy] = useState(false);
  const [refused, setRefused] = useState("");
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const [old, fresh, again] = ["old", "new", "again"].map((name) => String(given.get(name))) as [string, string, string];
    if (fresh !== again) return setRefused("The new password was typed in two different ways.");
    setBusy(true);
    try {
      await setPassword(old, fresh);
    } catch (error) {
      setBusy(false);
      return setRefused(wordsOf(error));
    }
    await logIn(email, fresh).then(keepMe, askAgainWhoIAm);
    toast("Your password is changed", { tone: "ok", detail: "Everywhere else you have to log in again." });
    close();
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => { if (!isOpen) close(); }}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content onCloseAutoFocus={focusBack} className="dialog" data-testid="password-dialog">
          <Dialog.Title>Change your password</Dialog.Title>
          <Dialog.Description className="about">At least {MIN_CHARS} characters. Everywhere else you will have to log in again.</Dialog.Description>
          <form onSubmit={(event) => void submit(event)} className="stack">
            <input type="hidden" name="username" autoComplete="username" value={email} />
            <label className="field">Password until now<input type="password" name="old" autoComplete="current-password" required maxLength={MAX_CHARS} /></label>
            <label className="field">New password<input type="password" name="new" autoComplete="new-password" required minLength={MIN_CHARS} maxLength={MAX_CHARS} /></label>
            <label className="field">New password again<input type="password" name="again" autoComplete="new-password" required minLength={MIN_CHARS} maxLength={MAX_CHARS} /></label>
            {refused && <p className="error-text" role="alert">{refused}</p>}
            <div className="dialog-foot">
              <Dialog.Close className="button">Go back</Dialog.Close>
              <button type="submit" className="button main" disabled={isBusy}>Change it</button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function wordsOf(error: unknown): string {
  const seconds = waitOf(error);
  if (seconds !== null) return `Too many wrong passwords. Try again in ${waitWords(seconds)}.`;
  if (error instanceof ApiError) return error.status === 401 ? "The password until now is not this one." : error.message;
  return "The server does not answer. Check your connection and try again.";
}
