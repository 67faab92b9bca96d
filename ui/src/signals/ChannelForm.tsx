import * as Dialog from "@radix-ui/react-dialog";
import { type FormEvent, type ReactNode, useId, useRef, useState } from "react";
import { Copy } from "../app/States";
import "../forms/forms.css";
import { toast } from "../shell/toasts";
import { useEnvironments, useSaveChannel } from "./alert_queries";
import { BLANK, changeOf, type Channel, type Draft, draftOf, faultsOf, type Match, newSecret, sentOf } from "./channel_draft";
import { usePolicyNames, useSignalFacets } from "./queries";
import { ChosenField, ValuesField } from "./ValuesField";
import { focusBack } from "../shell/focus_back";

type Part = Partial<Draft>;

/** Makes a channel, or changes one. */
export function ChannelForm({ channel, canEmail, close }: { channel: Channel | null; canEmail: boolean; close: () => void }) {
  const [draft, setDraft] = useState<Draft>(() => (channel ? draftOf(channel) : BLANK));
  const [isTried, setTried] = useState(false);
  const save = useSaveChannel();
  const form = useRef<HTMLFormElement>(null);
  const faults = isTried ? faultsOf(draft) : {};
  const change = (part: Part) => setDraft((before) => ({ ...before, ...part }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(faultsOf(draft)).length) {
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    save.mutate(channel ? { id: channel.id, sent: changeOf(draft) } : { id: null, sent: sentOf(draft) }, {
      onSuccess: (saved) => {
        toast(channel ? `${saved.name} is changed` : `${saved.name} hears of signals from now on`, { tone: "ok" });
        close();
      },
    });
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => { if (!isOpen) close(); }}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content onCloseAutoFocus={focusBack} className="dialog channel-form" aria-describedby={undefined} data-testid="channel-form" onInteractOutside={(event) => event.preventDefault()}>
          <Dialog.Title>{channel ? `Change ${channel.name}` : "New alert channel"}</Dialog.Title>
          <form ref={form} onSubmit={submit} noValidate>
            <Line label="Name" fault={faults.name}>{(id, more) => <input id={id} {...more} type="text" maxLength={120} value={draft.name} placeholder="On call" autoComplete="off" onChange={(event) => change({ name: event.target.value })} />}</Line>
            {!channel && <Kind draft={draft} change={change} canEmail={canEmail} />}
            {draft.kind === "webhook" ? <Webhook draft={draft} change={change} faults={faults} hasSecret={channel?.has_secret ?? false} />
              : <ValuesField label="To" type="email" values={draft.recipients} change={(recipients) => change({ recipients })} known={[]} placeholder="name@example.com" fault={faults.recipients} about="Enter adds an address; recipients see each other." />}
            <Which match={draft.match} change={(match) => change({ match: { ...draft.match, ...match } })} />
            <Line label="Quiet minutes" fault={faults.quiet} about="A group that fires again so soon after its alert is sent once, with its count, when they are over. 0 sends each time.">
              {(id, more) => <input id={id} {...more} className="short" type="number" min={0} max={10_080} step={1} value={draft.quiet} onChange={(event) => change({ quiet: event.target.value })} />}
            </Line>
            {save.isError && <p className="fault" role="alert" data-testid="form-fault">{save.error.message}</p>}
            <div className="dialog-foot">
              <button type="button" className="button" onClick={close}>Cancel</button>
              <button type="submit" className="button main" disabled={save.isPending}>{channel ? "Save" : "Create"}</button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Line({ label, about, fault, children }: { label: ReactNode; about?: string; fault?: string | undefined; children: (id: string, more: { "aria-invalid"?: true; "aria-describedby"?: string }) => ReactNode }) {
  const id = useId();
  const more = { ...(fault ? { "aria-invalid": true as const } : {}), ...(fault || about ? { "aria-describedby": `${id}-more` } : {}) };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id, more)}
      {(fault || about) && <p id={`${id}-more`} className={fault ? "fault" : "about"}>{fault ?? about}</p>}
    </div>
  );
}

function Kind({ draft, change, canEmail }: { draft: Draft; change: (part: Part) => void; canEmail: boolean }) {
  return (
    <fieldset className="field">
      <legend>How it is sent</legend>
      <div className="radios">
        {([["webhook", "Webhook"], ["email", "E-mail"]] as const).map(([kind, title]) => (
          <label key={kind}><input type="radio" name="kind" checked={draft.kind === kind} disabled={kind === "email" && !canEmail} onChange={() => change({ kind })} /><span>{title}</span></label>
        ))}
      </div>
      {!canEmail && <p className="about" data-testid="no-mail-server">E-mail needs a mail server: set <code>SOJOURN_SMTP_URL</code> and <code>SOJOURN_SMTP_FROM</code> where Sojourn runs.</p>}
    </fieldset>
  );
}

function Webhook({ draft, change, faults, hasSecret }: { draft: Draft; change: (part: Part) => void; faults: ReturnType<typeof faultsOf>; hasSecret: boolean }) {
  return (
    <>
      <Line label="Address" fault={faults.url} about="Gets a POST with the signal as JSON.">
        {(id, more) => <input id={id} {...more} type="url" maxLength={2_000} value={draft.url} placeholder="https://hooks.example.com/sojourn" autoComplete="off" spellCheck={false} onChange={(event) => change({ url: event.target.value })} />}
      </Line>
      {draft.secret === null ? (
        <div className="field"><span className="label">Secret</span>
          <p className="secret-line">{hasSecret ? "What is sent is signed with a secret, which is told to nobody." : "What is sent is not signed."}
            <button type="button" className="button subtle" onClick={() => change({ secret: newSecret() })}>{hasSecret ? "Replace it" : "Sign it"}</button>
            {hasSecret && <button type="button" className="button subtle" onClick={() => change({ secret: "" })}>Take it away</button>}</p></div>
      ) : (
        <Line label={<>Secret<span className="optional"> optional</span></>} fault={faults.secret} about="Signs what is sent, so that the receiver knows it comes from here. It is not shown again: keep it where the receiver runs.">
          {(id, more) => (
            <div className="secret-line">
              <input id={id} {...more} type="text" maxLength={256} value={draft.secret ?? ""} autoComplete="off" spellCheck={false} onChange={(event) => change({ secret: event.target.value })} />
              {draft.secret ? <Copy text={draft.secret} label="Copy the secret" /> : <button type="button" className="button" onClick={() => change({ secret: newSecret() })}>Make one</button>}
            </div>
          )}
        </Line>
      )}
    </>
  );
}

function Which({ match, change }: { match: Match; change: (part: Partial<Match>) => void }) {
  const facets = useSignalFacets();
  const environments = useEnvironments();
  const policies = usePolicyNames();
  const valuesOf = (name: "type" | "subtype" | "agent_id") => (facets.data?.[name] ?? []).map((one) => one.value);
  return (
    <fieldset className="field which">
      <legend>Which signals</legend>
      <p className="about">All that is filled in must hold; a field that is left empty lets every signal through.</p>
      <div className="which-grid">
        <ValuesField label="Type" values={match.type} change={(type) => change({ type })} known={valuesOf("type")} />
        <ValuesField label="Subtype" values={match.subtype} change={(subtype) => change({ subtype })} known={valuesOf("subtype")} />
        <ValuesField label="Agent" values={match.agent_id} change={(agent_id) => change({ agent_id })} known={valuesOf("agent_id")} />
        <ValuesField label="Environment" values={match.environment} change={(environment) => change({ environment })} known={environments} />
        <ChosenField label="Policy" values={match.policy_id} change={(policy_id) => change({ policy_id })} known={[...policies.keys()]} wordOf={(id) => policies.get(id) ?? id.slice(0, 8)} />
        <Line label="Words">{(id, more) => <input id={id} {...more} type="text" maxLength={256} value={match.text} placeholder="any" onChange={(event) => change({ text: event.target.value })} />}</Line>
      </div>
    </fieldset>
  );
}
