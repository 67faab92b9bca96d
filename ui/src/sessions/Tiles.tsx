import type { Overview } from "../api/types";
import { count, money, short, UNKNOWN } from "../format";
import { type ListSearch, rangeWords } from "./list_search";

export function Tiles({ overview, search }: { overview: Overview | undefined; search: ListSearch }) {
  const range = rangeWords(search);
  const tiles = [
    ["sessions", "Total sessions", overview ? count(overview.sessions) : UNKNOWN, range],
    ["running", "Running now", overview ? count(overview.running) : UNKNOWN, "live"],
    ["cost", "Total cost", overview ? money(overview.cost_usd) : UNKNOWN, overview?.sessions && overview.cost_usd != null ? `${money(overview.cost_usd / overview.sessions)} a session` : range],
    ["agents", "Unique agents", overview ? count(overview.agents) : UNKNOWN, overview ? `${short(overview.events)} events` : range],
  ] as const;
  return (
    <dl className="tiles list-tiles">
      {tiles.map(([id, title, value, note]) => (
        <div key={id} className="tile" data-testid={`tile-${id}`}>
          <dt>{title}</dt>
          <dd>{id === "running" && overview?.running ? <i className="beat" aria-hidden="true" /> : null}<span className="tile-value">{value}</span> <small>{note}</small></dd>
        </div>
      ))}
    </dl>
  );
}
