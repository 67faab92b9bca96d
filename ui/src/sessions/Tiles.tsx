import type { Overview } from "../api/types";
import { count, money, short, UNKNOWN } from "../format";

export function Tiles({ overview }: { overview: Overview | undefined }) {
  const tiles = [
    ["sessions", "Sessions", overview ? count(overview.sessions) : UNKNOWN],
    ["running", "Running now", overview ? count(overview.running) : UNKNOWN],
    ["cost", "Cost", overview ? money(overview.cost_usd) : UNKNOWN],
    ["agents", "Agents", overview ? count(overview.agents) : UNKNOWN],
    ["events", "Events", overview ? short(overview.events) : UNKNOWN],
  ] as const;
  return (
    <dl className="tiles">
      {tiles.map(([id, title, value]) => (
        <div key={id} className="tile" data-testid={`tile-${id}`}>
          <dt>{title}</dt>
          <dd>{id === "running" && overview?.running ? <i className="beat" aria-hidden="true" /> : null}{value}</dd>
        </div>
      ))}
    </dl>
  );
}
