import * as Menu from "@radix-ui/react-dropdown-menu";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { forgetAll } from "../api/query_clients";
import { toastError } from "../shell/toasts";
import { askAgainWhoIAm, logOut, type Me } from "./me";
import { PasswordDialog } from "./PasswordDialog";

/** Who I am, and what only I can do about it. Nobody logs in to a local server, so nobody logs out of it. */
export function WhoMenu({ me }: { me: Me }) {
  const router = useRouter();
  const [isChanging, setChanging] = useState(false);
  const { person } = me;
  if (!person || person.kind !== "user") return null;
  const leave = async () => {
    try {
      await logOut();
      router.history.push("/"); // the next person at this screen need not see where this one was
      forgetAll();
      await askAgainWhoIAm();
    } catch (error) {
      toastError(error, "You are still logged in");
    }
  };
  return (
    <>
      <Menu.Root modal={false}>
        <Menu.Trigger className="icon-button who" aria-label={`You: ${person.name}`} title={person.name} data-testid="who"><span aria-hidden="true">{person.name.slice(0, 1)}</span></Menu.Trigger>
        <Menu.Portal>
          <Menu.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
            <Menu.Label className="menu-label">Logged in as</Menu.Label>
            <p className="menu-who" data-testid="who-name">{person.name}</p>
            <Menu.Separator className="menu-line" />
            <Menu.Item className="menu-item" onSelect={() => setChanging(true)}>Change password…</Menu.Item>
            <Menu.Item className="menu-item" onSelect={() => void leave()} data-testid="log-out">Log out</Menu.Item>
          </Menu.Content>
        </Menu.Portal>
      </Menu.Root>
      {isChanging && <PasswordDialog email={person.name} close={() => setChanging(false)} />}
    </>
  );
}
