import * as Menu from "@radix-ui/react-dropdown-menu";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { ALL } from "../api/workspace";
import { Icon } from "../components/Icon";
import { useAccess } from "./AccessContext";
import { placeAt } from "./gate";
import { nameOf, readable } from "./me";

const FORGOTTEN = ["open", "view", "task"]; // what is open belongs to the workspace that one leaves

/** Only for somebody who has a choice. */
export function WorkspaceMenu() {
  const { me, workspace } = useAccess();
  const navigate = useNavigate();
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  if (me.workspaces.length < 2) return null;
  const choose = (id: string) => {
    const place = placeAt(pathname);
    const isThere = place?.to === pathname || pathname.startsWith("/settings");
    void navigate({
      to: isThere ? pathname : (place?.to ?? "/"),
      search: (before: object) => ({ ...(isThere ? without(before, FORGOTTEN) : {}), workspace: id }),
    });
  };
  const grants = [...me.workspaces].sort((one, other) => nameOf(me, one.id).localeCompare(nameOf(me, other.id)));
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="button subtle workspace" aria-label={`Workspace: ${nameOf(me, workspace)}`} data-testid="workspace"><span>{nameOf(me, workspace)}</span><Icon name="down" size={10} /></Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu" align="start" sideOffset={6} collisionPadding={8}>
          <Menu.Label className="menu-label">Workspace</Menu.Label>
          <Menu.RadioGroup value={workspace} onValueChange={choose}>
            {readable(me).length > 1 && <Choice id={ALL} title="All workspaces" chosen={workspace} />}
            {grants.map((grant) => <Choice key={grant.id} id={grant.id} title={nameOf(me, grant.id)} chosen={workspace} />)}
          </Menu.RadioGroup>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Choice({ id, title, chosen }: { id: string; title: string; chosen: string }) {
  return (
    <Menu.RadioItem value={id} className="menu-item" data-testid="workspace-choice">
      <span className="tick" aria-hidden="true">{id === chosen ? "✓" : ""}</span><span className="grow">{title}</span>
      {id !== ALL && title !== id && <span className="none">{id}</span>}
    </Menu.RadioItem>
  );
}

function without(search: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(search).filter(([name]) => !names.includes(name)));
}
