import { ErrorState, Skeleton } from "../app/States";
import type { Metrics } from "../api/types";
import { count, duration, money } from "../format";
import { useView } from "./queries";

export function MetricsTab({ sessionKey }: { sessionKey: string }) {
  const metrics = useView<Metrics>(sessionKey, "metrics");
  if (metrics.isPending) return <Skeleton rows={6} />;
  if (metrics.isError) return <ErrorState error={metrics.error} retry={() => void metrics.refetch()} />;
  const { tokens, cost, counts, models, tools } = metrics.data;
  const words = (name: string) => name.replace(/_tokens$|_count$/, "").replaceAll("_", " ");
  return (
    <div className="metrics">
      <dl className="facts wide">
        {Object.entries(tokens).map(([name, value]) => <div key={name}><dt>{words(name)} tokens</dt><dd>{count(value)}</dd></div>)}
        {Object.entries(counts).map(([name, value]) => <div key={name}><dt>{words(name)}</dt><dd>{count(value)}</dd></div>)}
        <div><dt>cost</dt><dd>{money(cost.cost_usd)}</dd></div>
        <div><dt>of it reported</dt><dd>{money(cost.reported_usd)}</dd></div>
        <div><dt>of it computed</dt><dd>{money(cost.computed_usd)}</dd></div>
        <div><dt>calls without a price</dt><dd>{count(cost.unpriced_calls)}</dd></div>
      </dl>
      <h2>Models</h2>
      {models.length === 0 ? <p className="none">No model call was recorded.</p> : (
        <table className="plain">
          <thead><tr><th>Model</th><th>Provider</th><th>Calls</th><th>In</th><th>Cached</th><th>Out</th><th>Reasoning</th><th>Cost</th><th>Time</th></tr></thead>
          <tbody>{models.map((use) => (
            <tr key={use.model + use.provider}><th scope="row">{use.model}</th><td>{use.provider}</td><td>{count(use.calls)}</td><td>{count(use.input_tokens)}</td><td>{count(use.cache_read_tokens)}</td><td>{count(use.output_tokens)}</td><td>{count(use.reasoning_tokens)}</td><td>{money(use.cost_usd)}</td><td>{duration(use.duration_ms)}</td></tr>
          ))}</tbody>
        </table>
      )}
      <h2>Tools</h2>
      {tools.length === 0 ? <p className="none">No tool was called.</p> : (
        <table className="plain">
          <thead><tr><th>Tool</th><th>Calls</th><th>Errors</th><th>Median</th><th>p95</th><th>Longest</th></tr></thead>
          <tbody>{tools.map((tool) => (
            <tr key={tool.name}><th scope="row">{tool.name}</th><td>{count(tool.calls)}</td><td className={tool.errors ? "bad" : ""}>{count(tool.errors)}</td><td>{duration(tool.p50_ms)}</td><td>{duration(tool.p95_ms)}</td><td>{duration(tool.max_ms)}</td></tr>
          ))}</tbody>
        </table>
      )}
    </div>
  );
}
