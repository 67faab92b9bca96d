import * as Dialog from "@radix-ui/react-dialog";
import { useAccess } from "../access/AccessContext";
import { placesOf } from "../access/gate";
import { everywhere, useToldShortcuts } from "./shortcuts";
import { focusBack } from "./focus_back";

export function ShortcutSheet({ isOpen, change }: { isOpen: boolean; change: (isOpen: boolean) => void }) {
  const { me, workspace } = useAccess();
  const groups = [...useToldShortcuts(), everywhere(placesOf(me, workspace))];
  return (
    <Dialog.Root open={isOpen} onOpenChange={change}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content onCloseAutoFocus={focusBack} className="dialog shortcut-sheet" aria-describedby={undefined} data-testid="shortcut-sheet">
          <Dialog.Title>Keyboard</Dialog.Title>
          <div className="shortcut-groups">
            {groups.map(({ title, rows }) => (
              <section key={title}>
                <h3>{title}</h3>
                <dl>{rows.map(([keys, what]) => (
                  <div key={keys}><dt>{keys.split(" ").map((key) => <kbd key={key}>{key}</kbd>)}</dt><dd>{what}</dd></div>
                ))}</dl>
              </section>
            ))}
          </div>
          <div className="dialog-foot"><Dialog.Close className="button">Close</Dialog.Close></div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
