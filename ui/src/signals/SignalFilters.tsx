import * as Menu from "@radix-ui/react-dropdown-menu";
import type { components } from "../api/schema";
import { Icon } from "../components/Icon";
import { count } from "../format";
import { useSignalFacets } from "./queries";
import { isNarrowed, type Range, RANGE_TITLES, RANGES, type SignalChange, type SignalSearch, toggled } from "./signal_search";
import { nameOf } from "./signal_words";

type FacetValue = components["schemas"]["FacetValue"];
const TITLES = { type: "Type", subtype: "Subtype" } as const;

export function SignalFilters({ search, change }: { search: SignalSearch; change: SignalChange }) {
  const facets = useSignalFacets();
  return (
    <div className="filters" role="search" aria-label="Signals">
      <div className="segments" role="group" aria-label="Fired in the last">
        {(Object.keys(RANGES) as Range[]).map((range) => (
          <button key={range} type="button" aria-pressed={(search.range ?? "all") === range} onClick={() => change({ range: range === "all" ? undefined : range })}>{RANGE_TITLES[range]}</button>
        ))}
      </div>
      {(["type", "subtype"] as const).map((name) => (
        <Choice key={name} title={TITLES[name]} testId={`filter-${name}`} chosen={search[name] ?? []} offered={facets.data?.[name]} fault={facets.error}
          choose={(value) => change({ [name]: toggled(search[name], value) })} clear={() => change({ [name]: undefined })} />
      ))}
      <Choice title="Agent" testId="filter-agent" chosen={search.agent ? [search.agent] : []} offered={facets.data?.agent_id} fault={facets.error} isExact
        choose={(value) => change({ agent: value === search.agent ? undefined : value })} clear={() => change({ agent: undefined })} />
      {isNarrowed(search) && <button type="button" className="chip chip-clear" onClick={() => change({ type: undefined, subtype: undefined, agent: undefined, range: undefined })}>Clear all</button>}
    </div>
  );
}

interface Chosen { title: string; testId: string; chosen: string[]; offered: FacetValue[] | undefined; fault: Error | null; isExact?: boolean; choose: (value: string) => void; clear: () => void }

function Choice({ title, testId, chosen, offered, fault, isExact = false, choose, clear }: Chosen) {
  const words = (value: string) => (isExact ? value : nameOf(value));
  const missing = chosen.filter((value) => !offered?.some((one) => one.value === value)).map((value) => ({ value, count: null }));
  const shown: { value: string; count: number | null }[] = [...missing, ...(offered ?? [])];
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="chip" data-used={chosen.length ? "" : undefined} data-testid={testId}>
        {title}{chosen.length > 0 && <b>{chosen.length === 1 ? words(chosen[0] ?? "") : chosen.length}</b>}<Icon name="down" size={10} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu" align="start" sideOffset={6} collisionPadding={8}>
          {fault && <p className="menu-note" role="alert">{fault.message}</p>}
          {!fault && shown.length === 0 && <p className="menu-note">{offered ? "No signal says it" : "Loading…"}</p>}
          {shown.map((item) => (
            <Menu.CheckboxItem key={item.value} className="menu-item" checked={chosen.includes(item.value)} onSelect={(event) => event.preventDefault()} onCheckedChange={() => choose(item.value)}>
              <span className="box" aria-hidden="true">{chosen.includes(item.value) && <Icon name="tick" size={11} />}</span>
              <span className="grow">{words(item.value)}</span><span className="none">{item.count == null ? "" : count(item.count)}</span>
            </Menu.CheckboxItem>
          ))}
          {chosen.length > 0 && <><Menu.Separator className="menu-line" /><Menu.Item className="menu-item" onSelect={clear}>Clear</Menu.Item></>}
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}
