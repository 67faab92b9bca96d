import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Agents, Session } from "../api/types";
import { Pill, StatusPill } from "../app/StatusPill";
import { ErrorState, Skeleton } from "../app/States";
import { clock, count, duration, exact, money, short } from "../format";
import { branches, hueOf, isBranching, nobodys, routes } from "./agent_tree";
import { Caller } from "./InfoBar";
import { openOf, restrictedOf } from "./calls_out";
import { RestrictedChip } from "./RestrictedChip";
import { Value } from "./Parts";
import { useChildren, useView } from "./queries";

const SHOWN_BRANCHES = 300;

/** Who took part, who called whom, and what was passed on. */
export function AgentsTab({ session, sessionKey }: { session: Session; sessionKey: string }) {
  const agents = useView<Agents>(sessionKey, "agents");
  if (agents.isPending) return <Skeleton rows={5} />;
  if (agents.isLoadingError) return <ErrorState error={agents.error} retry={() => void agents.refetch()} />;
  const { participants, handoffs, tree } = agents.data;
  return (
    <div className="columns agents-view">
      <section>
        <h2>Who took part</h2>
        {participants.length === 0 ? <p className="none">No event of this session names an agent.</p> : <Participants list={participants} session={session} sessionKey={sessionKey} />}
        {isBranching(tree) && <Tree tree={tree} sessionKey={sessionKey} />}
        <Called session={session} sessionKey={sessionKey} />
      </section>
      <section>
        <h2>Handoffs</h2>
        {handoffs.length === 0 && <p className="none">Nobody handed over.</p>}
        {handoffs.length > 1 && <p className="routes">{routes(handoffs).slice(0, 8).map((route) => <span key={route.from + route.to}><Name id={route.from} /> → <Name id={route.to} /> <b>{route.times}×</b></span>)}</p>}
        <ol className="handoffs" data-testid="handoffs">{handoffs.map((one, place) => (
          <li key={`${one.event_id}${one.to}${place}`}>
            <Name id={one.from || "?"} /> → <Name id={one.to || "?"} /> <span className="none">{one.kind}{one.inferred ? ", inferred" : ""}</span>{" "}
            <Link to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "timeline", event: one.event_id }}><time title={exact(one.at)}>{clock(one.at)}</time></Link>
            {one.context == null ? <p className="none">What was passed on was not recorded.</p> : <Value value={one.context} label="Passed on" />}
          </li>
        ))}</ol>
      </section>
    </div>
  );
}

function Name({ id }: { id: string }) {
  return <span className="agent-name"><i aria-hidden="true" style={{ background: `hsl(${hueOf(id)} 55% 55%)` }} />{id}</span>;
}

function Participants({ list, session, sessionKey }: { list: Agents["participants"]; session: Session; sessionKey: string }) {
  const rest = nobodys(list, session);
  return (
    <table className="plain" data-testid="participants">
      <thead><tr><th>Agent</th><th>Events</th><th>Calls</th><th>Tools</th><th>Errors</th><th>Tokens</th><th>Cost</th></tr></thead>
      <tbody>{list.map((one) => (
        <tr key={one.agent_id}>
          <th scope="row"><Link to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "timeline", agent: one.agent_id }} title="Its events on the timeline"><Name id={one.agent_id || "—"} /></Link></th>
          <td>{count(one.event_count)}</td><td>{count(one.llm_call_count)}</td><td>{count(one.tool_call_count)}</td>
          <td className={one.error_count ? "bad" : ""}>{count(one.error_count)}</td><td>{short(one.input_tokens + one.output_tokens)}</td><td>{money(one.cost_usd)}</td>
        </tr>
      ))}
      {rest && (
        <tr className="none" data-testid="nobodys" title="Events that name no agent and stand under none">
          <th scope="row">no agent named</th><td>{count(rest.events)}</td><td>{count(rest.calls)}</td><td>{count(rest.tools)}</td><td /><td>{short(rest.tokens)}</td><td>{money(rest.usd)}</td>
        </tr>
      )}</tbody>
    </table>
  );
}

function Tree({ tree, sessionKey }: { tree: Agents["tree"]; sessionKey: string }) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [isWhole, setWhole] = useState(false);
  const lines = branches(tree, closed);
  const shown = isWhole ? lines : lines.slice(0, SHOWN_BRANCHES);
  const toggle = (eventId: string) => setClosed((known) => {
    const next = new Set(known);
    if (!next.delete(eventId)) next.add(eventId);
    return next;
  });
  return (
    <>
      <h2>How they called each other</h2>
      <ul className="branches" data-testid="agent-tree">{shown.map(({ node, depth, children }) => (
        <li key={node.event_id} style={{ paddingLeft: depth * 22 }} data-depth={depth}>
          {depth > 0 && <i className="elbow" aria-hidden="true" style={{ left: depth * 22 - 14 }} />}
          {children > 0 ? <button type="button" className="caret still" aria-expanded={!closed.has(node.event_id)} aria-label={`Called by ${node.agent_id}: ${children}`} onClick={() => toggle(node.event_id)}>{closed.has(node.event_id) ? "▸" : "▾"}</button> : <span className="caret-place" />}
          <Link to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "timeline", event: node.event_id }}><Name id={node.agent_id || "unnamed"} /></Link>
          <time className="none" title={exact(node.started_at)}>{clock(node.started_at)}</time>
          {node.ended_at && <span className="none">{duration(Date.parse(node.ended_at) - Date.parse(node.started_at))}</span>}
          {node.status !== "ok" && <Pill status={node.status} />}
          {closed.has(node.event_id) && <span className="none">{children} inside</span>}
        </li>
      ))}</ul>
      {!isWhole && lines.length > SHOWN_BRANCHES && <button type="button" className="button more-button" onClick={() => setWhole(true)}>Show all {count(lines.length)}</button>}
    </>
  );
}

/** Sessions that this one called, and the one that called it. */
function Called({ session, sessionKey }: { session: Session; sessionKey: string }) {
  const children = useChildren(sessionKey);
  const all = children.data?.items ?? [];
  const restricted = restrictedOf(all);
  const called = openOf(all);
  if (all.length === 0 && !session.parent_session_id) return null;
  return (
    <>
      {session.parent_session_id && <><h2>Called by</h2><p><Caller id={session.parent_session_id} /></p></>}
      {all.length > 0 && <h2>Sessions that it called</h2>}
      {restricted.length > 0 && (
        <ul className="restricted-list" aria-label="Called sessions that you may not look into">{restricted.map((child, place) => (
          <li key={place}><RestrictedChip session={child} /></li>
        ))}</ul>
      )}
      {called.length > 0 && (
        <>
          <table className="plain" data-testid="called-sessions">
            <thead><tr><th>Session</th><th>Agent</th><th>Status</th><th>Errors</th><th>Duration</th><th>Cost</th></tr></thead>
            <tbody>{called.map((child) => (
              <tr key={child.id}><th scope="row"><Link to="/sessions/$key" params={{ key: child.key }}>{child.goal || child.key}</Link></th><td>{child.agent_id}</td><td><StatusPill session={child} /></td>
                <td className={child.error_count ? "bad" : ""}>{count(child.error_count)}</td><td>{duration(child.duration_ms)}</td><td>{money(child.cost_usd)}</td></tr>
            ))}</tbody>
          </table>
        </>
      )}
    </>
  );
}
