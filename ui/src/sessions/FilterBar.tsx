import * as Menu from "@radix-ui/react-dropdown-menu";
import { type ReactNode, useState } from "react";
import { Icon } from "../components/Icon";
import { count } from "../format";
import { DURATIONS, durationWords, FILTER_TITLES, KNOWN_VALUES, MAIN_FILTERS, shownFilters, valuesOf, valueWords, WITHOUT_FACET } from "./filter_words";
import { FILTERS, type FilterName, isFiltered, type ListSearch, RANGES, type Range, toggled, unfiltered } from "./list_search";
import { FACET_LIMIT, useFacet } from "./queries";
import { RangeMenu } from "./RangeMenu";
import { SearchBox } from "./SearchBox";

const RANGE_TITLES: Record<Range, string> = { "24h": "24 h", "7d": "7 d", "30d": "30 d", all: "All time" };
export type Change = (part: Partial<ListSearch>) => void;
interface Props { search: ListSearch; change: Change }

export function FilterBar({ search, change }: Props) {
  const nothing = Object.fromEntries(Object.keys(search).map((name) => [name, undefined])) as Partial<ListSearch>;
  return (
    <div role="search" aria-label="Sessions" className="find">
      <div className="filters-top">
        <SearchBox value={search.q ?? ""} change={(q) => change({ q })} />
        <div className="segments" role="group" aria-label="Started in the last">
          {(Object.keys(RANGES) as Range[]).map((range) => (
            <button key={range} type="button" aria-pressed={(search.range ?? "all") === range && !search.from && !search.to}
              onClick={() => change({ range: range === "all" ? (undefined as never) : range, from: "", to: "" })}>{RANGE_TITLES[range]}</button>
          ))}
          <RangeMenu search={search} change={change} />
        </div>
      </div>
      <div className="filters">
      {shownFilters(search, FILTERS).map((name) => <FilterChip key={name} name={name} chosen={search[name] ?? []} change={change} />)}
      <button type="button" className="chip" aria-pressed={search.errors ?? false} onClick={() => change({ errors: !search.errors })} data-testid="filter-errors">With errors</button>
      {search.longer && <DurationChip longer={search.longer} change={change} />}
      {search.archived && <ArchivedChip search={search} change={change} />}
      <MoreFilters search={search} change={change} />
      {isFiltered(search) && <button type="button" className="chip chip-clear" onClick={() => change({ ...nothing, ...unfiltered(search), ...(search.open ? { open: search.open } : {}), ...(search.pane ? { pane: search.pane } : {}) })}>Clear all</button>}
      </div>
    </div>
  );
}

function Chip({ title, chosen, testId, children, onOpenChange }: { title: string; chosen: string; testId: string; children: ReactNode; onOpenChange?: (isOpen: boolean) => void }) {
  return (
    <Menu.Root modal={false} {...(onOpenChange ? { onOpenChange } : {})}>
      <Menu.Trigger className="chip" aria-pressed={undefined} data-used={chosen ? "" : undefined} data-testid={testId}>
        {title}{chosen && <b>{chosen}</b>}<Icon name="down" size={10} />
      </Menu.Trigger>
      <Menu.Portal><Menu.Content className="menu" align="start" sideOffset={6} collisionPadding={8}>{children}</Menu.Content></Menu.Portal>
    </Menu.Root>
  );
}

function FilterChip({ name, chosen, change }: { name: FilterName; chosen: string[]; change: Change }) {
  const [isOpen, setOpen] = useState(false);
  const words = chosen.length === 0 ? "" : chosen.length === 1 ? valueWords(chosen[0] ?? "") : String(chosen.length);
  return (
    <Chip title={FILTER_TITLES[name]} chosen={words} testId={`filter-${name}`} onOpenChange={setOpen}>
      <Values name={name} chosen={chosen} change={change} isOpen={isOpen} />
    </Chip>
  );
}

function Values({ name, chosen, change, isOpen }: { name: FilterName; chosen: string[]; change: Change; isOpen: boolean }) {
  const [prefix, setPrefix] = useState("");
  const facet = useFacet(name, prefix, isOpen && !WITHOUT_FACET.has(name));
  const counted = facet.data?.items ?? [];
  const values = valuesOf(name, counted, prefix ? [] : chosen);
  const isLong = Boolean(prefix) || counted.length >= FACET_LIMIT || (!KNOWN_VALUES[name] && counted.length > 8);
  return (
    <>
      {isLong && (
        <input type="search" className="menu-find" placeholder={`Find ${FILTER_TITLES[name].toLowerCase()}`} aria-label={`Find ${FILTER_TITLES[name].toLowerCase()}`} value={prefix} autoFocus
          onChange={(event) => setPrefix(event.target.value)} onKeyDown={(event) => { if (!["Escape", "ArrowDown", "ArrowUp", "Tab"].includes(event.key)) event.stopPropagation(); }} />
      )}
      {facet.isLoading && values.length === 0 && <p className="menu-note">Loading…</p>}
      {facet.isError && <p className="menu-note" role="alert">{facet.error.message}</p>}
      {facet.isSuccess && values.length === 0 && <p className="menu-note">{prefix ? "Nothing begins so" : "No session says it"}</p>}
      {values.map((item) => (
        <Menu.CheckboxItem key={item.value} className="menu-item" checked={chosen.includes(item.value)}
          onSelect={(event) => event.preventDefault()} onCheckedChange={() => change({ [name]: toggled(chosen, item.value) })}>
          <span className="box" aria-hidden="true">{chosen.includes(item.value) && <Icon name="tick" size={11} />}</span>
          <span className="grow">{valueWords(item.value)}</span><span className="none">{item.count == null ? "" : count(item.count)}</span>
        </Menu.CheckboxItem>
      ))}
      {chosen.length > 0 && <><Menu.Separator className="menu-line" /><Menu.Item className="menu-item" onSelect={() => change({ [name]: [] })}>Clear</Menu.Item></>}
    </>
  );
}

function DurationChip({ longer, change }: { longer: number; change: Change }) {
  return <Chip title="Longer than" chosen={durationWords(longer)} testId="filter-longer"><Durations longer={longer} change={change} /></Chip>;
}

function Durations({ longer, change }: { longer: number | undefined; change: Change }) {
  return (
    <Menu.RadioGroup value={String(longer ?? "")} onValueChange={(value) => change({ longer: Number(value) || (undefined as never) })}>
      {DURATIONS.map(([ms, words]) => <Menu.RadioItem key={ms} value={String(ms)} className="menu-item"><span className="box round" aria-hidden="true">{ms === longer && <i />}</span>longer than {words}</Menu.RadioItem>)}
      <Menu.RadioItem value="" className="menu-item"><span className="box round" aria-hidden="true">{!longer && <i />}</span>any duration</Menu.RadioItem>
    </Menu.RadioGroup>
  );
}

const ARCHIVED = [["", "with archived ones"], ["no", "without archived ones"], ["only", "archived ones only"]] as const;

function ArchivedChip({ search, change }: Props) {
  return <Chip title="Archive" chosen={search.archived === "only" ? "only" : "hidden"} testId="filter-archived"><Archive search={search} change={change} /></Chip>;
}

function Archive({ search, change }: Props) {
  const now = search.archived ?? "";
  return (
    <Menu.RadioGroup value={now} onValueChange={(value) => change({ archived: (value || undefined) as never })}>
      {ARCHIVED.map(([value, words]) => <Menu.RadioItem key={value} value={value} className="menu-item"><span className="box round" aria-hidden="true">{value === now && <i />}</span>{words}</Menu.RadioItem>)}
    </Menu.RadioGroup>
  );
}

function MoreFilters({ search, change }: Props) {
  const rest = FILTERS.filter((name) => !MAIN_FILTERS.includes(name));
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="chip chip-quiet" data-testid="more-filters"><Icon name="filter" size={12} />More</Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu" align="start" sideOffset={6} collisionPadding={8}>
          {rest.map((name) => <Sub key={name} title={FILTER_TITLES[name]}>{(isOpen) => <Values name={name} chosen={search[name] ?? []} change={change} isOpen={isOpen} />}</Sub>)}
          <Sub title="Duration">{() => <Durations longer={search.longer} change={change} />}</Sub>
          <Sub title="Archive">{() => <Archive search={search} change={change} />}</Sub>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Sub({ title, children }: { title: string; children: (isOpen: boolean) => ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Menu.Sub open={isOpen} onOpenChange={setOpen}>
      <Menu.SubTrigger className="menu-item"><span className="grow">{title}</span><Icon name="right" size={11} /></Menu.SubTrigger>
      <Menu.Portal><Menu.SubContent className="menu" sideOffset={4} collisionPadding={8}>{children(isOpen)}</Menu.SubContent></Menu.Portal>
    </Menu.Sub>
  );
}
