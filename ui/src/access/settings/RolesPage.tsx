import { useState } from "react";
import { ErrorState, Skeleton } from "../../app/States";
import { Confirm } from "../../shell/Confirm";
import { useTitle } from "../../shell/title";
import { toast, toastError } from "../../shell/toasts";
import { MEANINGS, type Permission } from "../permissions";
import { FormDialog } from "./FormDialog";
import { Chips } from "./MembersPage";
import { type Role, usePutRole, useRemoveRole, useRoles } from "./queries";
import { BUILT_IN, idle, toggled } from "./role_words";

const NAME = "[a-z0-9][a-z0-9 _\\-]{0,62}";
type Asked = { what: "make" } | { what: "change" | "delete"; role: Role };

export function RolesPage() {
  const roles = useRoles();
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  useTitle("Roles");
  return (
    <section aria-labelledby="settings-title">
      <header className="list-head">
        <h2 id="settings-title">Roles</h2><span className="grow" />
        <button type="button" className="button" onClick={() => setAsked({ what: "make" })} disabled={!roles.data} data-testid="make-role">Make a role</button>
      </header>
      {roles.isPending ? <Skeleton rows={6} /> : roles.isError ? <ErrorState error={roles.error} retry={() => void roles.refetch()} /> : (
        <>
          <Table title="Of this workspace" roles={roles.data.items.filter((role) => !role.is_built_in)} ask={setAsked} />
          <Table title="The same in every workspace" roles={roles.data.items.filter((role) => role.is_built_in)} ask={setAsked} />
        </>
      )}
      {asked && asked.what !== "delete" && roles.data && (
        <RoleForm role={asked.what === "change" ? asked.role : null} taken={roles.data.items.map((role) => role.name)} permissions={roles.data.permissions} close={close} />
      )}
      {asked?.what === "delete" && <DeleteRole role={asked.role} close={close} />}
    </section>
  );
}

function Table({ title, roles, ask }: { title: string; roles: readonly Role[]; ask: (asked: Asked) => void }) {
  return (
    <>
      <h3>{title}</h3>
      {roles.length === 0 ? <p className="about">None yet. A role of your own gives just the permissions that you tick.</p> : (
        <table className="settings-table roles">
          <thead><tr><th scope="col">Role</th><th scope="col">Permissions</th><th scope="col"><span className="visually-hidden">Actions</span></th></tr></thead>
          <tbody>{roles.map((role) => (
            <tr key={role.name} data-testid="role" data-role={role.name}>
              <th scope="row">{role.name}{BUILT_IN[role.name] && <small>{BUILT_IN[role.name]}</small>}</th>
              <td>{role.permissions.length ? <Chips names={role.permissions} /> : <span className="none">none</span>}</td>
              <td className="row-buttons">{!role.is_built_in && (
                <>
                  <button type="button" className="button subtle" onClick={() => ask({ what: "change", role })} aria-label={`Change ${role.name}`}>Change</button>
                  <button type="button" className="button subtle is-danger" onClick={() => ask({ what: "delete", role })} aria-label={`Delete ${role.name}`}>Delete</button>
                </>
              )}</td>
            </tr>
          ))}</tbody>
        </table>
      )}
    </>
  );
}

function RoleForm({ role, taken, permissions, close }: { role: Role | null; taken: readonly string[]; permissions: readonly Permission[]; close: () => void }) {
  const put = usePutRole();
  const [chosen, setChosen] = useState<ReadonlySet<Permission>>(new Set(role?.permissions ?? ["sessions.page", "sessions.read"]));
  const [fault, setFault] = useState<Error | null>(null);
  const useless = idle(chosen);
  const submit = (given: FormData) => {
    const name = role?.name ?? String(given.get("name")).trim();
    if (!role && taken.includes(name)) return setFault(new Error(`There is a role ${name} already.`));
    setFault(null);
    put.mutate({ name, permissions: [...chosen] }, {
      onSuccess: () => {
        close();
        toast(role ? `Role ${name} changed` : `Role ${name} made`, { tone: "ok", ...(role ? { undo: async () => void (await put.mutateAsync({ name, permissions: role.permissions })) } : {}) });
      },
    });
  };
  return (
    <FormDialog title={role ? `Role ${role.name}` : "Make a role"} yes={role ? "Save" : "Make it"} error={fault ?? put.error} isBusy={put.isPending} submit={submit} close={close}
      {...(role ? { about: "Whoever has it has what it then says, at once." } : {})}>
      {!role && <label className="field">Name<input type="text" name="name" required maxLength={63} pattern={NAME} title="Small letters, digits, spaces, - and _" autoComplete="off" /></label>}
      <fieldset className="ticks">
        <legend>Permissions</legend>
        {permissions.map((permission) => (
          <label key={permission}>
            <input type="checkbox" checked={chosen.has(permission)} onChange={() => setChosen(toggled(chosen, permission))} />
            <span><code>{permission}</code><small>{MEANINGS[permission]}</small></span>
          </label>
        ))}
      </fieldset>
      {useless.length > 0 && <p className="note" role="status">Without <code>sessions.read</code> nothing comes of {useless.join(", ")}.</p>}
    </FormDialog>
  );
}

function DeleteRole({ role, close }: { role: Role; close: () => void }) {
  const remove = useRemoveRole();
  return (
    <Confirm title={`Delete the role ${role.name}?`} words="Whoever has it, people and keys, no longer has what it gave. This cannot be taken back." yes="Delete the role" tone="bad"
      isBusy={remove.isPending} close={close} confirm={() => remove.mutate(role.name, {
        onSuccess: () => void toast(`Role ${role.name} deleted`), onError: (error) => void toastError(error, "The role was not deleted"), onSettled: close,
      })} />
  );
}
