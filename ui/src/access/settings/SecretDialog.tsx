import * as Dialog from "@radix-ui/react-dialog";
import { Copy } from "../../app/States";
import { forOtlp, forSojourn } from "./key_words";
import type { MadeApiKey } from "./queries";
import { focusBack } from "../../shell/focus_back";

/** Only a deliberate press closes it: nobody can show the secret again. */
export function SecretDialog({ made, close }: { made: MadeApiKey; close: () => void }) {
  const stay = (event: Event) => event.preventDefault();
  return (
    <Dialog.Root open>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content onCloseAutoFocus={focusBack} className="dialog wide-dialog" onEscapeKeyDown={stay} onInteractOutside={stay} data-testid="secret-dialog">
          <Dialog.Title>The secret of {made.name}</Dialog.Title>
          <Dialog.Description className="note">Copy it now. It is kept here only as a fingerprint and can never be shown again.</Dialog.Description>
          <Snippet title="Secret" text={made.secret} testId="secret" />
          <Snippet title="For the SDK and the command line" text={forSojourn(made.secret, location.origin)} />
          <Snippet title="For any OpenTelemetry exporter" text={forOtlp(made.secret, location.origin)} />
          <div className="dialog-foot"><button type="button" className="button main" onClick={close} data-testid="secret-kept">I have stored it</button></div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Snippet({ title, text, testId }: { title: string; text: string; testId?: string }) {
  return (
    <figure className="snippet">
      <figcaption>{title}<Copy text={text} label={`Copy: ${title}`}>Copy</Copy></figcaption>
      <pre tabIndex={0} data-testid={testId}>{text}</pre>
    </figure>
  );
}
