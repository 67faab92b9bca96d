import { useState } from "react";
import { ErrorState, Skeleton } from "../../app/States";
import { count, dateTime, exact } from "../../format";
import { Confirm } from "../../shell/Confirm";
import { useTitle } from "../../shell/title";
import { toast, toastError } from "../../shell/toasts";
import { useAccess } from "../AccessContext";
import { nameOf } from "../me";
import { FormDialog } from "./FormDialog";
import { type Member, useAddMember, useChangeMember, useMembers, useRemoveMember } from "./queries";
import { RolePicker } from "./RolePicker";

const MIN_PASSWORD = 10;
type Asked = { what: "add" } | { what: "change" | "remove"; member: Member };

export function MembersPage() {
  const members = useMembers();
  const { me, workspace } = useAccess();
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  useTitle("Members");
  return (
    <section aria-labelledby="settings-title">
      <header className="list-head">
        <h2 id="settings-title">Members of {nameOf(me, workspace)}</h2>
        {members.data && <span className="total">{count(members.data.length)}</span>}
        <span className="grow" />
        <button type="button" className="button" onClick={() => setAsked({ what: "add" })} data-testid="add-member">Add a member</button>
      </header>
      {me.auth === "local" && <p className="note" data-testid="nobody-logs-in">Nobody logs in here: whoever uses this machine may do everything. Members count from when the server runs with <code>SOJOURN_AUTH=password</code>.</p>}
      {members.isPending ? <Skeleton rows={4} /> : members.isError ? <ErrorState error={members.error} retry={() => void members.refetch()} />
        : members.data.length === 0 ? <p className="about">Nobody yet. Who is added sees every session of the workspace, those that ran before too, as far as their roles allow.</p>
        : <Table members={members.data} ask={setAsked} />}
      {asked?.what === "add" && <AddMember close={close} />}
      {asked?.what === "change" && <ChangeRoles member={asked.member} close={close} />}
      {asked?.what === "remove" && <RemoveMember member={asked.member} close={close} />}
    </section>
  );
}

function Table({ members, ask }: { members: readonly Member[]; ask: (asked: Asked) => void }) {
  const { me } = useAccess();
  return (
    <table className="settings-table">
      <thead><tr><th scope="col">Person</th><th scope="col">Roles</th><th scope="col">Since</th><th scope="col"><span className="visually-hidden">Actions</span></th></tr></thead>
      <tbody>{members.map((member) => (
        <tr key={member.id} data-testid="member" data-email={member.email}>
          <th scope="row">{member.email}{member.id === me.person?.id && <span className="tag">you</span>}{member.is_disabled && <span className="tag tag-warn">disabled</span>}{member.name && <small>{member.name}</small>}</th>
          <td><Chips names={member.roles} /></td>
          <td><time dateTime={member.created_at ?? ""} title={exact(member.created_at)}>{dateTime(member.created_at)}</time></td>
          <td className="row-buttons">
            <button type="button" className="button subtle" onClick={() => ask({ what: "change", member })} aria-label={`Change roles of ${member.email}`}>Change roles</button>
            <button type="button" className="button subtle is-danger" onClick={() => ask({ what: "remove", member })} aria-label={`Remove ${member.email}`}>Remove</button>
          </td>
        </tr>
      ))}</tbody>
    </table>
  );
}

export function Chips({ names }: { names: readonly string[] }) {
  return <span className="chips">{names.map((name) => <span key={name} className="tag">{name}</span>)}</span>;
}

function AddMember({ close }: { close: () => void }) {
  const add = useAddMember();
  const [roles, setRoles] = useState<ReadonlySet<string>>(new Set(["viewer"]));
  const submit = (given: FormData) => {
    const text = (name: string) => String(given.get(name) ?? "");
    add.mutate({ email: text("email").trim(), name: text("name").trim(), password: text("password"), roles: [...roles] }, {
      onSuccess: (member) => {
        close();
        toast(`${member.email} is a member`, { tone: "ok", detail: member.roles.join(", ") });
      },
    });
  };
  return (
    <FormDialog title="Add a member" yes="Add" error={add.error} isBusy={add.isPending} isReady={roles.size > 0} submit={submit} close={close}
      about="They see the sessions that ran before, too, as far as their roles allow.">
      <label className="field">E-mail address<input type="email" name="email" required maxLength={254} autoComplete="off" /></label>
      <label className="field"><span>Name <span className="none">optional</span></span><input type="text" name="name" maxLength={120} autoComplete="off" /></label>
      <label className="field"><span>First password <span className="none">at least {MIN_PASSWORD} characters; leave it out for somebody who has one here already</span></span>
        <input type="password" name="password" minLength={MIN_PASSWORD} maxLength={1_000} autoComplete="new-password" /></label>
      <RolePicker chosen={roles} change={setRoles} />
    </FormDialog>
  );
}

function ChangeRoles({ member, close }: { member: Member; close: () => void }) {
  const change = useChangeMember();
  const [roles, setRoles] = useState<ReadonlySet<string>>(new Set(member.roles));
  return (
    <FormDialog title={`Roles of ${member.email}`} yes="Save" error={change.error} isBusy={change.isPending} isReady={roles.size > 0} close={close}
      about="They hold from the next click on, for everything that ever ran here."
      submit={() => change.mutate({ id: member.id, roles: [...roles] }, {
        onSuccess: () => {
          close();
          toast(`Roles of ${member.email} changed`, { tone: "ok", undo: async () => void (await change.mutateAsync({ id: member.id, roles: member.roles })) });
        },
      })}>
      <RolePicker chosen={roles} change={setRoles} />
    </FormDialog>
  );
}

function RemoveMember({ member, close }: { member: Member; close: () => void }) {
  const remove = useRemoveMember();
  const { me, workspace } = useAccess();
  return (
    <Confirm title={`Remove ${member.email}?`} yes="Remove" tone="bad" isBusy={remove.isPending} close={close}
      words={`They may no longer enter ${nameOf(me, workspace)}. Somebody who is in no other workspace is forgotten with their password. What they did stays in the audits.`}
      confirm={() => remove.mutate(member.id, {
        onSuccess: () => void toast(`${member.email} is no longer a member`),
        onError: (error) => void toastError(error, "They were not removed"),
        onSettled: close,
      })} />
  );
}
