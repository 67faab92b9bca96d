// The list's view state: what is in the URL, and the query it stands for.

export const RANGES = { "24h": 86_400_000, "7d": 7 * 86_400_000, "30d": 30 * 86_400_000, all: null } as const;
export type Range = keyof typeof RANGES;
export const FILTERS = [
  "status", "agent", "model", "environment", "channel", "service", "origin", "kind", "attention", "trigger_type", "source", "experiment", "variant",
] as const;
export type FilterName = (typeof FILTERS)[number];
export const CHARTS = ["volume", "failures", "duration", "cost"] as const;
export type Chart = (typeof CHARTS)[number];
export const GROUPS = ["agent", "model", "environment"] as const;
export type Group = (typeof GROUPS)[number];
export type Archived = "no" | "only";
export const PANES = ["conversation", "timeline", "signals", "cost"] as const;
export type Pane = (typeof PANES)[number];

export type ListSearch = {
  q?: string;
  range?: Range;
  from?: string;
  to?: string;
  sort?: string;
  errors?: boolean;
  longer?: number; // than so many milliseconds
  archived?: Archived;
  columns?: string[];
  trends?: Chart; // the panel is open and shows this
  by?: Group;
  open?: string; // the session in the drawer
  pane?: Pane; // of the drawer
  view?: string; // the saved view that this began as
} & Partial<Record<FilterName, string[]>>;

export const DEFAULT_SORT = "-started_at";
export const DEFAULT_PANE = "conversation";

export function readSearch(raw: Record<string, unknown>): ListSearch {
  const search: ListSearch = {};
  if (typeof raw.q === "string" && raw.q) search.q = raw.q;
  if (typeof raw.q === "number") search.q = String(raw.q);
  if (typeof raw.range === "string" && raw.range in RANGES) search.range = raw.range as Range;
  if (isTime(raw.from)) search.from = raw.from;
  if (isTime(raw.to)) search.to = raw.to;
  if (typeof raw.sort === "string" && raw.sort) search.sort = raw.sort;
  if (raw.errors === true || raw.errors === "true") search.errors = true;
  if (Number.isSafeInteger(raw.longer) && (raw.longer as number) > 0) search.longer = raw.longer as number;
  if (raw.archived === "no" || raw.archived === "only") search.archived = raw.archived;
  if (isOneOf(raw.trends, CHARTS)) search.trends = raw.trends;
  if (isOneOf(raw.by, GROUPS)) search.by = raw.by;
  if (raw.open != null && raw.open !== "") search.open = String(raw.open);
  if (isOneOf(raw.pane, PANES) && raw.pane !== DEFAULT_PANE) search.pane = raw.pane;
  if (typeof raw.view === "string") search.view = raw.view;
  for (const name of [...FILTERS, "columns"] as const) {
    const list = texts(raw[name]);
    if (list.length) search[name] = list;
  }
  return search;
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

function isOneOf<Word extends string>(value: unknown, words: readonly Word[]): value is Word {
  return (words as readonly unknown[]).includes(value);
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : value == null ? [] : [value]).map(String).filter(Boolean);
}

/** The server's query for a view; `now` is where a relative range begins to count back from. */
export function queryOf(search: ListSearch, now: number): URLSearchParams {
  const query = new URLSearchParams();
  if (search.q) query.set("q", search.q);
  const width = RANGES[search.range ?? "all"];
  if (search.from) query.set("started_after", search.from);
  else if (width != null) query.set("started_after", new Date(now - width).toISOString());
  if (search.to) query.set("started_before", search.to);
  if (search.errors) query.set("has_errors", "true");
  if (search.longer) query.set("min_duration_ms", String(search.longer));
  if (search.archived) query.set("archived", String(search.archived === "only"));
  for (const name of FILTERS) for (const value of search[name] ?? []) query.append(name, value);
  return query;
}

export function toggled(list: string[] | undefined, value: string): string[] {
  const now = list ?? [];
  return now.includes(value) ? now.filter((other) => other !== value) : [...now, value];
}

/** The next sort when a header is clicked: descending first, then ascending, then back to the default. */
export function nextSort(current: string | undefined, column: string): string | undefined {
  const sort = current ?? DEFAULT_SORT;
  if (sort === `-${column}`) return column;
  if (sort === column) return undefined;
  return `-${column}`;
}

export function isFiltered(search: ListSearch): boolean {
  return Boolean(search.q || search.errors || search.longer || search.archived || search.from || search.to
    || (search.range && search.range !== "all") || FILTERS.some((name) => search[name]?.length));
}

/** Without what says nothing, so that equal views have equal URLs. */
export function cleaned(search: ListSearch): ListSearch {
  return Object.fromEntries(Object.entries(search).filter(([name, value]) =>
    value !== undefined && value !== "" && value !== false && !(name === "pane" && value === DEFAULT_PANE) && !(Array.isArray(value) && value.length === 0))) as ListSearch;
}

/** What leaves the look alone and drops every filter. */
export function unfiltered(search: ListSearch): ListSearch {
  const { sort, columns, trends, by } = search;
  return cleaned({ ...(sort ? { sort } : {}), ...(columns ? { columns } : {}), ...(trends ? { trends } : {}), ...(by ? { by } : {}) });
}

/** What a saved view keeps: everything but what happens to be open. */
export function keptOf(search: ListSearch): ListSearch {
  const { open: _, pane: __, view: ___, ...kept } = search;
  return cleaned(kept);
}

export function isSameView(one: ListSearch, other: ListSearch): boolean {
  return canonical(keptOf(one)) === canonical(keptOf(other));
}

function canonical(search: ListSearch): string {
  return JSON.stringify(Object.entries(search).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export const RANGE_WORDS: Record<Range, string> = { "24h": "last 24 hours", "7d": "last 7 days", "30d": "last 30 days", all: "all time" };

export function rangeWords(search: ListSearch): string {
  const day = (time: string) => new Date(time).toLocaleDateString(undefined, { month: "short", day: "numeric" });
  if (search.from && search.to) return `${day(search.from)} – ${day(search.to)}`;
  if (search.from) return `since ${day(search.from)}`;
  if (search.to) return `before ${day(search.to)}`;
  return RANGE_WORDS[search.range ?? "all"];
}
