import * as Dialog from "@radix-ui/react-dialog";
import * as Menu from "@radix-ui/react-dropdown-menu";
import { type FormEvent, useState } from "react";
import { type SavedView, useDropView, useSavedViews, useSaveView } from "../api/queries_saved_views";
import { Icon } from "../components/Icon";
import { toast, toastError } from "../shell/toasts";
import type { ColumnChoice } from "./list_hooks";
import { isSameView, keptOf, type ListSearch, readSearch } from "./list_search";
import { focusBack } from "../shell/focus_back";

interface Props { search: ListSearch; columns: ColumnChoice; openView: (kept: ListSearch) => void }
const MAX_NAME = 120;

/** Named views: filters, order, columns and trends, one's own and everybody's. */
export function SavedViews({ search, columns, openView }: Props) {
  const [naming, setNaming] = useState<{ view: SavedView | null } | null>(null);
  const views = useSavedViews();
  const save = useSaveView();
  const drop = useDropView();
  const items = views.data?.items ?? [];
  const current = items.find((view) => view.id === search.view);
  const now: ListSearch = { ...keptOf(search), ...(columns.isDefault ? {} : { columns: columns.ids }) };
  const isChanged = current !== undefined && !isSameView(now, readSearch(current.query));
  const open = (view: SavedView) => openView({ ...readSearch(view.query), view: view.id });
  const put = (id: string | null, part: Parameters<typeof save.mutate>[0]["part"], news: string) =>
    save.mutate({ id, part }, { onSuccess: (view) => { toast(news, { tone: "ok" }); open(view); }, onError: (error) => toastError(error, "The view was not saved") });
  const remove = (view: SavedView) => drop.mutate(view.id, {
    onSuccess: () => {
      toast(`View “${view.name}” deleted`, { undo: async () => void (await save.mutateAsync({ id: null, part: { name: view.name, is_shared: view.is_shared, query: view.query } })) });
      if (search.view === view.id) openView(keptOf(search));
    },
    onError: (error) => toastError(error, "The view was not deleted"),
  });
  const own = items.filter((view) => !view.is_shared);
  const shared = items.filter((view) => view.is_shared);
  return (
    <>
      <Menu.Root modal={false}>
        <Menu.Trigger className="button subtle" data-testid="views"><Icon name="star" /><span className={current ? "view-name" : "view-name label"}>{current ? current.name : "Saved views"}</span>{isChanged && <i className="dot" title="Changed since it was saved" />}<Icon name="down" size={10} /></Menu.Trigger>
        <Menu.Portal>
          <Menu.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
            {views.isError && <p className="menu-note" role="alert">{views.error.message}</p>}
            {views.isSuccess && items.length === 0 && <p className="menu-note">A view keeps filters, order and columns under a name.</p>}
            <Group title="Mine" views={own} current={search.view} open={open} />
            <Group title="Shared" views={shared} current={search.view} open={open} />
            {items.length > 0 && <Menu.Separator className="menu-line" />}
            {current && isChanged && <Menu.Item className="menu-item" onSelect={() => put(current.id, { query: now }, `View “${current.name}” updated`)}>Update “{current.name}” to this</Menu.Item>}
            <Menu.Item className="menu-item" onSelect={() => setNaming({ view: null })} data-testid="view-save">Save this view…</Menu.Item>
            {current && <Menu.Item className="menu-item" onSelect={() => setNaming({ view: current })}>Rename or share “{current.name}”…</Menu.Item>}
            {current && <Menu.Item className="menu-item bad" onSelect={() => remove(current)}>Delete “{current.name}”</Menu.Item>}
          </Menu.Content>
        </Menu.Portal>
      </Menu.Root>
      {naming && (
        <NameDialog view={naming.view} close={() => setNaming(null)} save={(name, isShared) => {
          setNaming(null);
          if (naming.view) put(naming.view.id, { name, is_shared: isShared }, `View “${name}” saved`);
          else put(null, { name, is_shared: isShared, query: now }, `View “${name}” saved`);
        }} />
      )}
    </>
  );
}

function Group({ title, views, current, open }: { title: string; views: SavedView[]; current: string | undefined; open: (view: SavedView) => void }) {
  if (views.length === 0) return null;
  return (
    <Menu.Group>
      <Menu.Label className="menu-label">{title}</Menu.Label>
      {views.map((view) => (
        <Menu.Item key={view.id} className="menu-item" onSelect={() => open(view)} data-testid="saved-view">
          <span className="box" aria-hidden="true">{view.id === current && <Icon name="tick" size={11} />}</span><span className="grow">{view.name}</span>
          {view.is_shared && <span className="none">{view.owner}</span>}
        </Menu.Item>
      ))}
    </Menu.Group>
  );
}

function NameDialog({ view, close, save }: { view: SavedView | null; close: () => void; save: (name: string, isShared: boolean) => void }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    save(String(given.get("name")).trim(), given.get("shared") === "on");
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => { if (!isOpen) close(); }}>
      <Dialog.Portal>
        <Dialog.Overlay className="modal-veil" />
        <Dialog.Content onCloseAutoFocus={focusBack} className="modal" aria-describedby={undefined}>
          <Dialog.Title>{view ? "Rename or share this view" : "Save this view"}</Dialog.Title>
          <form onSubmit={submit} className="modal-text">
            <label className="stacked">Name<input type="text" name="name" required maxLength={MAX_NAME} defaultValue={view?.name ?? ""} pattern=".*\S.*" autoComplete="off" /></label>
            <label><input type="checkbox" name="shared" defaultChecked={view?.is_shared ?? false} />Shared: everybody in the workspace finds it</label>
            <div className="modal-foot"><span className="grow" /><Dialog.Close className="button">Not now</Dialog.Close><button type="submit" className="button button-yes">Save</button></div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
