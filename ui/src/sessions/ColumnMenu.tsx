import * as Popover from "@radix-ui/react-popover";
import { Icon } from "../components/Icon";
import { FIRST, moved, shown } from "./column_choice";
import { COLUMNS } from "./columns";
import type { ClickOpens, ColumnChoice } from "./list_hooks";

interface Props { columns: ColumnChoice; clickOpens: ClickOpens; setClickOpens: (opens: ClickOpens) => void }

/** Which columns are shown, in which order, and what a click on a row does. */
export function ColumnMenu({ columns, clickOpens, setClickOpens }: Props) {
  const { ids } = columns;
  const hidden = COLUMNS.filter((column) => !ids.includes(column.id));
  const title = (id: string) => COLUMNS.find((column) => column.id === id)?.title ?? id;
  return (
    <Popover.Root>
      <Popover.Trigger className="button subtle" data-testid="columns"><Icon name="columns" /><span className="label">View</span></Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="menu column-menu" align="end" sideOffset={6} collisionPadding={8} aria-label="Columns and clicks">
          <h3>Columns</h3>
          <ul>
            {ids.map((id, place) => (
              <li key={id} data-testid={`column-${id}`}>
                <label><input type="checkbox" checked disabled={id === FIRST} onChange={() => columns.set(shown(COLUMNS, ids, id))} />{title(id)}</label>
                <button type="button" aria-label={`Move ${title(id)} left`} disabled={place < 2} onClick={() => columns.set(moved(ids, id, -1))}><Icon name="up" size={12} /></button>
                <button type="button" aria-label={`Move ${title(id)} right`} disabled={place < 1 || place === ids.length - 1} onClick={() => columns.set(moved(ids, id, 1))}><Icon name="down" size={12} /></button>
              </li>
            ))}
            {hidden.map((column) => (
              <li key={column.id} data-testid={`column-${column.id}`}>
                <label><input type="checkbox" checked={false} onChange={() => columns.set(shown(COLUMNS, ids, column.id))} />{column.title}</label>
              </li>
            ))}
          </ul>
          <button type="button" className="button subtle" disabled={columns.isDefault} onClick={() => columns.set(undefined)}>Back to the usual columns</button>
          <fieldset>
            <legend>A click on a row opens</legend>
            <label><input type="radio" name="click-opens" checked={clickOpens === "page"} onChange={() => setClickOpens("page")} />its page <span className="none">Shift: beside the list</span></label>
            <label><input type="radio" name="click-opens" checked={clickOpens === "drawer"} onChange={() => setClickOpens("drawer")} />a drawer beside the list <span className="none">Shift: its page</span></label>
          </fieldset>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
