import { useState } from "react";
import { ErrorState, Skeleton } from "../../app/States";
import { ago, count, dateTime, exact } from "../../format";
import { Confirm } from "../../shell/Confirm";
import { useNow } from "../../shell/now";
import { useTitle } from "../../shell/title";
import { toast, toastError } from "../../shell/toasts";
import { useAccess } from "../AccessContext";
import { nameOf } from "../me";
import { FormDialog } from "./FormDialog";
import { endOf, LIFETIMES, stateOf } from "./key_words";
import { Chips } from "./MembersPage";
import { type ApiKey, type MadeApiKey, useAddKey, useKeys, useRevokeKey } from "./queries";
import { RolePicker } from "./RolePicker";
import { SecretDialog } from "./SecretDialog";

const TONES = { "in force": "ok", expired: "warn", revoked: "calm" } as const;

export function KeysPage() {
  const keys = useKeys();
  const now = useNow();
  const { me, workspace } = useAccess();
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<MadeApiKey | null>(null);
  const [revoked, setRevoked] = useState<ApiKey | null>(null);
  const [isAll, setAll] = useState(false);
  const all = keys.data ?? [];
  const inForce = all.filter((key) => stateOf(key, now) === "in force");
  const shown = isAll ? all : inForce;
  const over = all.length - inForce.length;
  useTitle("API keys");
  return (
    <section aria-labelledby="settings-title">
      <header className="list-head">
        <h2 id="settings-title">API keys of {nameOf(me, workspace)}</h2>
        {keys.data && <span className="total">{count(inForce.length)} in force</span>}
        <span className="grow" />
        {over > 0 && <button type="button" className="button subtle" aria-pressed={isAll} onClick={() => setAll(!isAll)}>{isAll ? "Hide what is over" : `Show ${over} that ${over === 1 ? "is" : "are"} over`}</button>}
        <button type="button" className="button" onClick={() => setMaking(true)} data-testid="make-key">Create a key</button>
      </header>
      {keys.isPending ? <Skeleton rows={4} /> : keys.isError ? <ErrorState error={keys.error} retry={() => void keys.refetch()} />
        : shown.length === 0 ? <p className="about">No key is in force. An agent, exporter or script from elsewhere needs one; what it sends comes into this workspace.</p>
        : <Table keys={shown} now={now} revoke={setRevoked} />}
      {isMaking && <MakeKey close={() => setMaking(false)} done={(key) => { setMaking(false); setMade(key); }} />}
      {made && <SecretDialog made={made} close={() => setMade(null)} />}
      {revoked && <RevokeKey revoked={revoked} close={() => setRevoked(null)} />}
    </section>
  );
}

function Table({ keys, now, revoke }: { keys: readonly ApiKey[]; now: number; revoke: (key: ApiKey) => void }) {
  return (
    <table className="settings-table">
      <thead><tr><th scope="col">Key</th><th scope="col">State</th><th scope="col">Roles</th><th scope="col">Last used</th><th scope="col">Expires</th><th scope="col">Created</th><th scope="col"><span className="visually-hidden">Actions</span></th></tr></thead>
      <tbody>{keys.map((key) => {
        const state = stateOf(key, now);
        return (
          <tr key={key.id} data-testid="api-key" data-name={key.name}>
            <th scope="row">{key.name}<small><code>{key.hint}…</code></small></th>
            <td><span className={`pill pill-${TONES[state]}`} title={key.revoked_at ? exact(key.revoked_at) : undefined}><i aria-hidden="true" />{state}</span></td>
            <td><Chips names={key.roles} /></td>
            <td>{key.used_at ? <time dateTime={key.used_at} title={exact(key.used_at)}>{ago(key.used_at, now)}</time> : <span className="none">never</span>}</td>
            <td>{key.expires_at ? <time dateTime={key.expires_at} title={exact(key.expires_at)}>{dateTime(key.expires_at)}</time> : <span className="none">never</span>}</td>
            <td><time dateTime={key.created_at ?? ""} title={exact(key.created_at)}>{ago(key.created_at, now)}</time><small>by {key.created_by}</small></td>
            <td className="row-buttons">{state === "in force" && <button type="button" className="button subtle is-danger" onClick={() => revoke(key)} aria-label={`Revoke ${key.name}`}>Revoke</button>}</td>
          </tr>
        );
      })}</tbody>
    </table>
  );
}

function MakeKey({ close, done }: { close: () => void; done: (key: MadeApiKey) => void }) {
  const add = useAddKey();
  const [roles, setRoles] = useState<ReadonlySet<string>>(new Set(["agent"]));
  const submit = (given: FormData) => add.mutate(
    { name: String(given.get("name")).trim(), roles: [...roles], expires_at: endOf(String(given.get("days")), Date.now()) }, { onSuccess: done },
  );
  return (
    <FormDialog title="Create an API key" yes="Create" error={add.error} isBusy={add.isPending} isReady={roles.size > 0} submit={submit} close={close}
      about="Its secret is shown once. Nobody can give a key more than they may themselves.">
      <label className="field">What it is for<input type="text" name="name" required maxLength={120} pattern=".*\S.*" placeholder="support agent, production" autoComplete="off" /></label>
      <label className="field">Expires<select name="days">{LIFETIMES.map(([days, title]) => <option key={days} value={days}>{title}</option>)}</select></label>
      <RolePicker chosen={roles} change={setRoles} />
    </FormDialog>
  );
}

function RevokeKey({ revoked, close }: { revoked: ApiKey; close: () => void }) {
  const revoke = useRevokeKey();
  return (
    <Confirm title={`Revoke ${revoked.name}?`} words="Whoever uses it is refused from now on. This cannot be taken back; it stays in the list." yes="Revoke" tone="bad" isBusy={revoke.isPending} close={close}
      confirm={() => revoke.mutate(revoked.id, {
        onSuccess: () => void toast(`${revoked.name} is revoked`), onError: (error) => void toastError(error, "It was not revoked"), onSettled: close,
      })} />
  );
}
