import * as Tooltip from "@radix-ui/react-tooltip";
import { Link } from "@tanstack/react-router";
import { ago, count, duration, exact, money, short } from "../format";
import type { Health } from "./agent_health";
import { type AgentRow, type Column, DEFAULT_SORT } from "./agent_rows";

const TONES = { error: "bad", active: "run", new: "ok", idle: "calm", stale: "faint" } as const;
const HEADS: Record<Column, string> = {
  agent_id: "Agent", health: "Health", running: "Running", last_activity_at: "Last heard", sessions: "Sessions", error_count: "Errors",
  failure_rate: "Failed", cost_usd: "Cost", total_tokens: "Tokens", mean_duration_ms: "Mean duration",
};
const ORDER: Column[] = ["agent_id", "health", "running", "last_activity_at", "sessions", "failure_rate", "error_count", "cost_usd", "total_tokens", "mean_duration_ms"];
const TEXTS: Column[] = ["agent_id", "health", "last_activity_at"];

export function AgentTable({ rows, sort, onSort, now, isStale }: { rows: AgentRow[]; sort: string | undefined; onSort: (column: Column) => void; now: number; isStale: boolean }) {
  return (
    <Tooltip.Provider delayDuration={200}>
      <table className={`agents${isStale ? " stale" : ""}`}>
        <caption className="visually-hidden">Agents</caption>
        <thead>
          <tr>{ORDER.map((column) => (
            <th key={column} scope="col" aria-sort={sortOf(sort, column)} className={TEXTS.includes(column) ? "" : "number"}>
              <button type="button" onClick={() => onSort(column)} data-testid={`sort-${column}`}>{HEADS[column]}<Arrow way={sortOf(sort, column)} /></button>
            </th>
          ))}</tr>
        </thead>
        <tbody>{rows.map((row) => <Row key={row.agent_id} row={row} now={now} />)}</tbody>
      </table>
    </Tooltip.Provider>
  );
}

function Row({ row, now }: { row: AgentRow; now: number }) {
  const agent = [row.agent_id];
  return (
    <tr data-testid="agent-row" data-agent={row.agent_id}>
      <th scope="row"><Link to="/sessions" search={{ agent }}>{row.agent_id}</Link></th>
      <td><HealthWord health={row.health} /></td>
      <td className="number">{row.running > 0 ? <Link to="/sessions" search={{ agent, status: ["running"] }}><i className="beat" aria-hidden="true" /> {count(row.running)}</Link> : <span className="none">0</span>}</td>
      <td><time dateTime={row.last_activity_at ?? ""} title={exact(row.last_activity_at)}>{ago(row.last_activity_at, now)}</time></td>
      <td className="number">{count(row.sessions)}</td>
      <td className="number" title={`${count(row.failed)} of ${count(row.sessions)} sessions failed`}>
        {row.failed > 0 ? <Link className="bad" to="/sessions" search={{ agent, status: ["failed"] }}>{percent(row.failure_rate)}</Link> : <span className="none">0 %</span>}
      </td>
      <td className="number">{row.error_count > 0 ? <Link to="/sessions" search={{ agent, errors: true }}>{count(row.error_count)}</Link> : <span className="none">0</span>}</td>
      <td className="number" title={row.cost_usd === null ? "No cost is known" : undefined}>{money(row.cost_usd)}</td>
      <td className="number" title={`${count(row.input_tokens)} in, ${count(row.output_tokens)} out`}>{short(row.total_tokens)}</td>
      <td className="number">{duration(row.mean_duration_ms)}</td>
    </tr>
  );
}

/** A button, so that the keyboard reaches what the word means. */
function HealthWord({ health }: { health: Health }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger className={`pill pill-${TONES[health.word]}`} data-testid="health"><i aria-hidden="true" />{health.word}</Tooltip.Trigger>
      <Tooltip.Portal><Tooltip.Content className="tip" side="right" sideOffset={6}>{health.because}</Tooltip.Content></Tooltip.Portal>
    </Tooltip.Root>
  );
}

function Arrow({ way }: { way: "ascending" | "descending" | undefined }) {
  return way ? <span aria-hidden="true"> {way === "ascending" ? "↑" : "↓"}</span> : null;
}

function sortOf(sort: string | undefined, column: Column): "ascending" | "descending" | undefined {
  const now = sort ?? DEFAULT_SORT;
  if (now === column) return "ascending";
  return now === `-${column}` ? "descending" : undefined;
}

function percent(share: number): string {
  if (share > 0 && share < 0.001) return "<0.1 %";
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
