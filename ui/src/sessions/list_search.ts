// The list's view state: what is in the URL, and the query it stands for.

export const RANGES = { "24h": 86_400_000, "7d": 7 * 86_400_000, "30d": 30 * 86_400_000, all: null } as const;
export type Range = keyof typeof RANGES;
export const FILTERS = ["status", "agent", "model", "environment", "service", "channel", "origin", "kind"] as const;
export type FilterName = (typeof FILTERS)[number];

export type ListSearch = {
  q?: string;
  range?: Range;
  from?: string;
  to?: string;
  sort?: string;
  errors?: boolean;
} & Partial<Record<FilterName, string[]>>;

export const DEFAULT_SORT = "-started_at";

export function readSearch(raw: Record<string, unknown>): ListSearch {
  const search: ListSearch = {};
  if (typeof raw.q === "string" && raw.q) search.q = raw.q;
  if (typeof raw.q === "number") search.q = String(raw.q);
  if (typeof raw.range === "string" && raw.range in RANGES) search.range = raw.range as Range;
  if (typeof raw.from === "string") search.from = raw.from;
  if (typeof raw.to === "string") search.to = raw.to;
  if (typeof raw.sort === "string" && raw.sort) search.sort = raw.sort;
  if (raw.errors === true || raw.errors === "true") search.errors = true;
  for (const name of FILTERS) {
    const value = raw[name];
    const list = (Array.isArray(value) ? value : value == null ? [] : [value]).map(String).filter(Boolean);
    if (list.length) search[name] = list;
  }
  return search;
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
  return Boolean(search.q || search.errors || search.from || search.to || (search.range && search.range !== "all")
    || FILTERS.some((name) => search[name]?.length));
}
