import type { AgentNode, Agents } from "../api/types";
import { ErrorState, Skeleton } from "../app/States";
import { clock, count, exact, money, short } from "../format";
import { useView } from "./queries";

export function AgentsTab({ sessionKey }: { sessionKey: string }) {
  const agents = useView<Agents>(sessionKey, "agents");
  if (agents.isPending) return <Skeleton rows={5} />;
  if (agents.isError) return <ErrorState error={agents.error} retry={() => void agents.refetch()} />;
  const { participants, handoffs, tree } = agents.data;
  if (participants.length === 0) return <p className="state">No event of this session names an agent.</p>;
  return (
    <div className="columns">
      <section>
        <h2>Who took part</h2>
        <table className="plain">
          <thead><tr><th>Agent</th><th>Events</th><th>Calls</th><th>Tools</th><th>Errors</th><th>Tokens</th><th>Cost</th></tr></thead>
          <tbody>{participants.map((one) => (
            <tr key={one.agent_id}><th scope="row">{one.agent_id || "—"}</th><td>{count(one.event_count)}</td><td>{count(one.llm_call_count)}</td><td>{count(one.tool_call_count)}</td><td className={one.error_count ? "bad" : ""}>{count(one.error_count)}</td><td>{short(one.input_tokens + one.output_tokens)}</td><td>{money(one.cost_usd)}</td></tr>
          ))}</tbody>
        </table>
        {tree.length > 0 && <><h2>How they called each other</h2><Tree nodes={tree} /></>}
      </section>
      <section>
        <h2>Handoffs</h2>
        {handoffs.length === 0 && <p className="none">Nobody handed over.</p>}
        <ul className="handoffs">{handoffs.map((one) => (
          <li key={one.event_id + one.to}>
            <b>{one.from || "?"}</b> → <b>{one.to || "?"}</b> <span className="none">{one.kind}{one.inferred ? ", inferred" : ""}</span> <time title={exact(one.at)}>{clock(one.at)}</time>
            {one.context != null && <pre tabIndex={0}>{typeof one.context === "string" ? one.context : JSON.stringify(one.context, null, 2)}</pre>}
          </li>
        ))}</ul>
      </section>
    </div>
  );
}

function Tree({ nodes }: { nodes: AgentNode[] }) {
  return <ul className="tree">{nodes.map((node) => <li key={node.event_id}>{node.agent_id} <span className="none">{clock(node.started_at)} {node.status}</span>{node.children.length > 0 && <Tree nodes={node.children} />}</li>)}</ul>;
}
