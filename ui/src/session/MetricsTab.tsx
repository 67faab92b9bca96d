import { Link } from "@tanstack/react-router";
import type { Metrics, Session } from "../api/types";
import { ErrorState, Skeleton } from "../app/States";
import { count, dateTime, duration, money } from "../format";
import { CostBreakdown } from "./CostBreakdown";
import { type Figure, figuresOf, modelsOf, outcomesOf, turnBars } from "./metrics_shape";
import { useView } from "./queries";

export function MetricsTab({ session, sessionKey }: { session: Session; sessionKey: string }) {
  const metrics = useView<Metrics>(sessionKey, "metrics");
  if (metrics.isPending) return <Skeleton rows={6} />;
  if (metrics.isLoadingError) return <ErrorState error={metrics.error} retry={() => void metrics.refetch()} />;
  const { cost, tools, latency } = metrics.data;
  const models = modelsOf(metrics.data);
  const outcomes = outcomesOf(metrics.data);
  return (
    <div className="metrics">
      <Figures list={figuresOf(metrics.data)} />
      {outcomes.length > 0 && <><h2>Outcome</h2><Figures list={outcomes} /></>}
      <div className="metric-columns">
        <section><h2>Latency, turn by turn</h2><Turns turns={latency.turns} sessionKey={sessionKey} /></section>
        <section><h2>Cost</h2><CostBreakdown cost={cost} models={models} session={session} sessionKey={sessionKey} /></section>
      </div>
      <h2>Models</h2>
      {models.length === 0 ? <p className="none">No model call was recorded.</p> : <Models models={models} />}
      <h2>Tools</h2>
      {tools.length === 0 ? <p className="none">No tool was called.</p> : <Tools tools={tools} sessionKey={sessionKey} />}
    </div>
  );
}

function Figures({ list }: { list: Figure[] }) {
  return <dl className="figures">{list.map((one) => <div key={one.id} data-testid={`metric-${one.id}`}><dt>{one.name}</dt><dd>{one.value}{one.more && <small>{one.more}</small>}</dd></div>)}</dl>;
}

function Turns({ turns, sessionKey }: { turns: Metrics["latency"]["turns"]; sessionKey: string }) {
  const bars = turnBars(turns);
  if (bars.length === 0) return <p className="none">No whole trace was recorded, so no response time can be told.</p>;
  return (
    <>
    <p className="turns-scale"><span>{bars.length === 1 ? "1 turn" : `${count(bars.length)} turns`}</span><span>longest {duration(Math.max(...bars.map((one) => one.ms)))}</span></p>
    <div className="turns" data-testid="turns">
      {bars.map((one) => (
        <Link key={one.traceId} to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "traces", trace: one.traceId }} className="turn"
          aria-label={`Turn at ${dateTime(one.at)}: ${duration(one.ms)}`} title={`${dateTime(one.at)}\n${duration(one.ms)}${one.first == null ? "" : `, first token after ${duration(one.first)}`}`}>
          <i style={{ height: `${Math.max(1.5, one.height)}%` }} />{one.first != null && <b style={{ height: `${one.firstHeight}%` }} />}
        </Link>
      ))}
    </div>
    </>
  );
}

function Share({ part, whole }: { part: number; whole: number }) {
  return <i className="share" aria-hidden="true" style={{ width: `${whole > 0 ? (part / whole) * 100 : 0}%` }} />;
}

function Models({ models }: { models: Metrics["models"] }) {
  const most = Math.max(...models.map((use) => use.cost_usd ?? 0));
  return (
    <table className="plain" data-testid="models">
      <thead><tr><th>Model</th><th>Provider</th><th>Calls</th><th>Errors</th><th>In</th><th>Cached</th><th>Out</th><th>Reasoning</th><th>Cost</th><th>Time</th><th>A call</th></tr></thead>
      <tbody>{models.map((use) => (
        <tr key={use.model + use.provider}><th scope="row">{use.model}</th><td>{use.provider}</td><td>{count(use.calls)}</td><td className={use.errors ? "bad" : ""}>{count(use.errors)}</td><td>{count(use.input_tokens)}</td><td>{count(use.cache_read_tokens)}</td><td>{count(use.output_tokens)}</td><td>{count(use.reasoning_tokens)}</td>
          <td className="with-share">{money(use.cost_usd)}<Share part={use.cost_usd ?? 0} whole={most} /></td><td>{duration(use.duration_ms || null)}</td><td>{duration(use.calls && use.duration_ms ? use.duration_ms / use.calls : null)}</td></tr>
      ))}</tbody>
    </table>
  );
}

function Tools({ tools, sessionKey }: { tools: Metrics["tools"]; sessionKey: string }) {
  const most = Math.max(...tools.map((tool) => tool.total_ms));
  return (
    <table className="plain" data-testid="tools">
      <thead><tr><th>Tool</th><th>Calls</th><th>Errors</th><th>Median</th><th>95%</th><th>Longest</th><th>Total</th></tr></thead>
      <tbody>{tools.map((tool) => (
        <tr key={tool.name}><th scope="row"><Link to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "timeline", type: ["tool_call", "tool_result"], q: tool.name }}>{tool.name}</Link></th><td>{count(tool.calls)}</td><td className={tool.errors ? "bad" : ""}>{count(tool.errors)}</td>
          <td>{duration(tool.p50_ms)}</td><td>{duration(tool.p95_ms)}</td><td>{duration(tool.max_ms)}</td><td className="with-share">{duration(tool.total_ms)}<Share part={tool.total_ms} whole={most} /></td></tr>
      ))}</tbody>
    </table>
  );
}
