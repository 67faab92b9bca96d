import * as Popover from "@radix-ui/react-popover";
import { type FormEvent, useState } from "react";
import type { Change } from "./FilterBar";
import { type ListSearch, rangeWords } from "./list_search";
import { fromField, toField } from "./local_time";

/** A range of one's own, to the minute, on the person's own clock. */
export function RangeMenu({ search, change }: { search: ListSearch; change: Change }) {
  const [isOpen, setOpen] = useState(false);
  const isUsed = Boolean(search.from || search.to);
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    change({ from: fromField(String(given.get("from"))), to: fromField(String(given.get("to"))), range: undefined as never });
    setOpen(false);
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger className="segment-menu" data-used={isUsed ? "" : undefined} data-testid="range-custom">{isUsed ? rangeWords(search) : "Custom"}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="menu dates" align="end" sideOffset={6} collisionPadding={8} aria-label="Started between">
          <form onSubmit={apply}>
            <label>From <input type="datetime-local" name="from" defaultValue={toField(search.from)} /></label>
            <label>Before <input type="datetime-local" name="to" defaultValue={toField(search.to)} /></label>
            <div className="modal-foot">
              <button type="button" className="button subtle" onClick={() => { change({ from: "", to: "" }); setOpen(false); }}>Clear</button>
              <span className="grow" /><button type="submit" className="button button-yes">Apply</button>
            </div>
          </form>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
