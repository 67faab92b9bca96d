import * as Menu from "@radix-ui/react-dropdown-menu";
import { useEffect, useRef, useState } from "react";
import { count } from "../format";
import { FILTERS, type FilterName, type ListSearch, RANGES, type Range, toggled } from "./list_search";
import { useFacet } from "./queries";

const TYPING_PAUSE_MS = 180;
const TITLES: Record<FilterName, string> = {
  status: "Status", agent: "Agent", model: "Model", environment: "Environment", service: "Service", channel: "Channel",
  origin: "Origin", kind: "Kind",
};
const RANGE_TITLES: Record<Range, string> = { "24h": "24 h", "7d": "7 d", "30d": "30 d", all: "All time" };
type Change = (part: Partial<ListSearch>) => void;

export function FilterBar({ search, change }: { search: ListSearch; change: Change }) {
  return (
    <div className="filters" role="search">
      <SearchBox value={search.q ?? ""} change={change} />
      <div className="segments" role="group" aria-label="Started in the last">
        {(Object.keys(RANGES) as Range[]).map((range) => (
          <button key={range} type="button" aria-pressed={(search.range ?? "all") === range && !search.from}
            onClick={() => change({ range, from: "", to: "" })}>{RANGE_TITLES[range]}</button>
        ))}
        <Custom search={search} change={change} />
      </div>
      {FILTERS.map((name) => <Filter key={name} name={name} chosen={search[name] ?? []} change={change} />)}
      <button type="button" className="chip" aria-pressed={search.errors ?? false} onClick={() => change({ errors: !search.errors })}>With errors</button>
    </div>
  );
}

/** What is typed shows at once; the URL and the query follow when typing pauses. */
function SearchBox({ value, change }: { value: string; change: Change }) {
  const [typed, setTyped] = useState(value);
  const told = useRef(value);
  useEffect(() => {
    if (value !== told.current) {
      told.current = value;
      setTyped(value);
    }
  }, [value]);
  useEffect(() => {
    if (typed === told.current) return;
    const pause = setTimeout(() => {
      told.current = typed;
      change({ q: typed });
    }, TYPING_PAUSE_MS);
    return () => clearTimeout(pause);
  }, [typed, change]);
  return (
    <div className="search">
      <input id="session-search" type="search" value={typed} onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => { if (event.key === "Escape") event.currentTarget.blur(); }}
        placeholder="Search goals, keys, agents and everything that was said — or agent:name status:failed"
        aria-label="Search sessions" spellCheck={false} />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}

function Custom({ search, change }: { search: ListSearch; change: Change }) {
  const day = (time: string | undefined) => time?.slice(0, 10) ?? "";
  const set = (name: "from" | "to", value: string) =>
    change({ [name]: value ? new Date(`${value}T00:00:00`).toISOString() : "", range: "all" });
  return (
    <Menu.Root>
      <Menu.Trigger className="segment-menu" aria-pressed={Boolean(search.from || search.to)}>Custom ▾</Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu dates" align="start" sideOffset={6}>
          <label>From <input type="date" value={day(search.from)} onChange={(event) => set("from", event.target.value)} /></label>
          <label>Before <input type="date" value={day(search.to)} onChange={(event) => set("to", event.target.value)} /></label>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Filter({ name, chosen, change }: { name: FilterName; chosen: string[]; change: Change }) {
  const [isOpen, setOpen] = useState(false);
  const facet = useFacet(name, isOpen);
  const values = facet.data?.items ?? [];
  const missing = chosen.filter((value) => !values.some((item) => item.value === value)).map((value) => ({ value, count: 0 }));
  return (
    <Menu.Root open={isOpen} onOpenChange={setOpen}>
      <Menu.Trigger className="chip" aria-pressed={chosen.length > 0} data-testid={`filter-${name}`}>
        {TITLES[name]}{chosen.length > 0 && <b>{chosen.length === 1 ? chosen[0] : chosen.length}</b>} ▾
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu" align="start" sideOffset={6}>
          {facet.isPending && <p className="menu-note">Loading…</p>}
          {facet.isError && <p className="menu-note">{facet.error.message}</p>}
          {facet.isSuccess && values.length + missing.length === 0 && <p className="menu-note">No session says it</p>}
          {[...missing, ...values].map((item) => (
            <Menu.CheckboxItem key={item.value} className="menu-item" checked={chosen.includes(item.value)}
              onSelect={(event) => event.preventDefault()} onCheckedChange={() => change({ [name]: toggled(chosen, item.value) })}>
              <span className="tick" aria-hidden="true">{chosen.includes(item.value) ? "✓" : ""}</span>
              <span className="grow">{item.value}</span><span className="none">{item.count ? count(item.count) : ""}</span>
            </Menu.CheckboxItem>
          ))}
          {chosen.length > 0 && <Menu.Item className="menu-item" onSelect={() => change({ [name]: [] })}>Clear</Menu.Item>}
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}
