// The alerts page's view state, as it stands in the URL.

export const STATES = ["waiting", "sent", "failed"] as const;
export type State = (typeof STATES)[number];
export interface AlertSearch {
  edit?: string;    // the channel in the form; "new" for one that is being made
  channel?: string; // whose deliveries are shown
  state?: State;    // of the deliveries
}
export type AlertChange = (part: { [Name in keyof AlertSearch]?: AlertSearch[Name] | undefined }) => void;
export const NEW = "new";

export function readAlertSearch(raw: Record<string, unknown>): AlertSearch {
  const search: AlertSearch = {};
  for (const name of ["edit", "channel"] as const) if (typeof raw[name] === "string" && raw[name]) search[name] = raw[name];
  if (STATES.includes(raw.state as State)) search.state = raw.state as State;
  return search;
}

export function queryOf(search: AlertSearch): URLSearchParams {
  const query = new URLSearchParams();
  if (search.channel) query.set("channel", search.channel);
  if (search.state) query.set("state", search.state);
  return query;
}

export function cleaned(search: { [Name in keyof AlertSearch]?: AlertSearch[Name] | undefined }): AlertSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as AlertSearch;
}
