// The feed's view state, as it stands in the URL, and the query it stands for.

export const RANGES = { "24h": 86_400_000, "7d": 7 * 86_400_000, "30d": 30 * 86_400_000, all: null } as const;
export type Range = keyof typeof RANGES;
export const RANGE_TITLES: Record<Range, string> = { "24h": "24 hours", "7d": "7 days", "30d": "30 days", all: "All time" };
export interface SignalSearch {
  type?: string[];
  subtype?: string[];
  agent?: string;
  range?: Range; // all if it is left out
}
export type SignalChange = (part: { [Name in keyof SignalSearch]?: SignalSearch[Name] | undefined }) => void;

export function readSignalSearch(raw: Record<string, unknown>): SignalSearch {
  const search: SignalSearch = {};
  for (const name of ["type", "subtype"] as const) {
    const values = (Array.isArray(raw[name]) ? raw[name] : raw[name] == null ? [] : [raw[name]]).map(String).filter(Boolean);
    if (values.length) search[name] = values;
  }
  // The router reads a value like 4711 as a number.
  if ((typeof raw.agent === "string" && raw.agent) || typeof raw.agent === "number") search.agent = String(raw.agent);
  if (typeof raw.range === "string" && raw.range in RANGES && raw.range !== "all") search.range = raw.range as Range;
  return search;
}

/** `now` is where a range begins to count back from. */
export function queryOf(search: SignalSearch, now: number): URLSearchParams {
  const query = new URLSearchParams();
  for (const type of search.type ?? []) query.append("type", type);
  for (const subtype of search.subtype ?? []) query.append("subtype", subtype);
  if (search.agent) query.set("agent_id", search.agent);
  const width = RANGES[search.range ?? "all"];
  if (width != null) query.set("since", new Date(now - width).toISOString());
  return query;
}

export function isNarrowed(search: SignalSearch): boolean {
  return Boolean(search.type?.length || search.subtype?.length || search.agent || search.range);
}

export function toggled(values: string[] | undefined, value: string): string[] | undefined {
  const now = values ?? [];
  const next = now.includes(value) ? now.filter((other) => other !== value) : [...now, value];
  return next.length ? next : undefined;
}

/** Without what says nothing, so that equal views have equal URLs. */
export function cleaned(search: { [Name in keyof SignalSearch]?: SignalSearch[Name] | undefined }): SignalSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as SignalSearch;
}
