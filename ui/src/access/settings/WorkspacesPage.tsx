import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { count } from "../../format";
import { useTitle } from "../../shell/title";
import { toast } from "../../shell/toasts";
import { useAccess } from "../AccessContext";
import { FormDialog } from "./FormDialog";
import { useAddWorkspace } from "./queries";

const ID = "[a-z0-9][a-z0-9_\\-]{0,62}";

export function WorkspacesPage() {
  const { me, workspace } = useAccess();
  const [isMaking, setMaking] = useState(false);
  useTitle("Workspaces");
  return (
    <section aria-labelledby="settings-title">
      <header className="list-head">
        <h2 id="settings-title">Workspaces</h2><span className="total">{count(me.workspaces.length)} of yours</span><span className="grow" />
        <button type="button" className="button" onClick={() => setMaking(true)} data-testid="make-workspace">Create a workspace</button>
      </header>
      <p className="about">Sessions, people, keys and policies of one workspace are kept apart from those of the others.</p>
      <table className="settings-table">
        <thead><tr><th scope="col">Workspace</th><th scope="col">You are</th><th scope="col"><span className="visually-hidden">Actions</span></th></tr></thead>
        <tbody>{me.workspaces.map((grant) => (
          <tr key={grant.id} data-testid="workspace-row" data-workspace={grant.id}>
            <th scope="row">{grant.name || grant.id}{grant.name && <small><code>{grant.id}</code></small>}{grant.id === workspace && <span className="tag">shown</span>}</th>
            <td>{grant.permissions.includes("admin") ? "its admin" : `a member with ${count(grant.permissions.length)} permission${grant.permissions.length === 1 ? "" : "s"}`}</td>
            <td className="row-buttons">{grant.id !== workspace && <Link to="/sessions" search={{ workspace: grant.id }} className="button subtle" aria-label={`Open ${grant.name || grant.id}`}>Open</Link>}</td>
          </tr>
        ))}</tbody>
      </table>
      {isMaking && <MakeWorkspace close={() => setMaking(false)} />}
    </section>
  );
}

function MakeWorkspace({ close }: { close: () => void }) {
  const add = useAddWorkspace();
  const navigate = useNavigate();
  return (
    <FormDialog title="Create a workspace" yes="Create" error={add.error} isBusy={add.isPending} close={close} about="You become its admin. An agent comes into it with an API key of the workspace."
      submit={(given) => add.mutate({ id: String(given.get("id")).trim(), name: String(given.get("name")).trim() }, {
        onSuccess: (made) => {
          close();
          toast(`Workspace ${made.name || made.id} made`, { tone: "ok" });
          void navigate({ to: "/settings/keys", search: { workspace: made.id } });
        },
      })}>
      <label className="field"><span>Id <span className="none">stands in addresses and stays for good</span></span>
        <input type="text" name="id" required maxLength={63} pattern={ID} title="Small letters, digits, - and _" placeholder="support-team" autoComplete="off" spellCheck={false} /></label>
      <label className="field"><span>Name <span className="none">optional</span></span><input type="text" name="name" maxLength={120} placeholder="Support team" autoComplete="off" /></label>
    </FormDialog>
  );
}
