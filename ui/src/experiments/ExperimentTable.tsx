import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { ago, count, exact } from "../format";
import type { Experiment } from "./experiment_draft";
import { openSessions, SHOWN_VARIANTS } from "./experiment_rows";
import { sessionsOf } from "./experiment_search";
import { variantName } from "./measure_words";
import { StatusWord } from "./StatusWord";

const ROW_HEIGHT = 52;

export function ExperimentTable({ rows, now }: { rows: readonly Experiment[]; now: number }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 10, getItemKey: (place) => rows[place]?.id ?? place });
  const shown = virtual.getVirtualItems();
  const above = shown[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <div className="table" ref={scroller} tabIndex={0} role="region" aria-label="List of experiments">
      <table className="experiments" aria-rowcount={rows.length + 1}>
        <caption className="visually-hidden">Experiments</caption>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col">Experiment</th><th scope="col">Status</th><th scope="col">Agent</th><th scope="col">Variants, with their sessions</th>
            <th scope="col" className="number">Sessions</th><th scope="col" className="number">Open</th><th scope="col">Latest session</th>
          </tr>
        </thead>
        <tbody>
          {above > 0 && <tr aria-hidden="true" style={{ height: above }}><td colSpan={7} /></tr>}
          {shown.map((item) => {
            const row = rows[item.index];
            return row && <Row key={row.id} row={row} place={item.index} now={now} />;
          })}
          {below > 0 && <tr aria-hidden="true" style={{ height: below }}><td colSpan={7} /></tr>}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row, place, now }: { row: Experiment; place: number; now: number }) {
  const rest = row.variants.length - SHOWN_VARIANTS;
  const open = openSessions(row);
  return (
    <tr aria-rowindex={place + 2} data-testid="experiment-row" data-experiment={row.id}>
      <th scope="row"><span className="named"><Link to="/experiments/$id" params={{ id: row.id }} search={{}} className="goal">{row.name || row.id}</Link>{row.name && <span className="key">{row.id}</span>}</span></th>
      <td><StatusWord status={row.status} /></td>
      <td>{row.agent_id ? <Link to="/sessions" search={{ agent: [row.agent_id] }}>{row.agent_id}</Link> : <span className="none">—</span>}</td>
      <td><span className="variant-words">
        {row.variants.slice(0, SHOWN_VARIANTS).map((one) => <span key={one.name} title={variantName(one.name)}><span className={one.name ? "" : "none"}>{variantName(one.name)}</span> <b>{count(one.sessions)}</b></span>)}
        {rest > 0 && <span className="none">+{count(rest)}{row.more_variants && " and more"}</span>}
      </span></td>
      <td className="number">{row.sessions ? <Link to="/sessions" search={sessionsOf(row.id, "")}>{count(row.sessions)}</Link> : <span className="none">0</span>}</td>
      <td className="number">{open ? <><i className="beat" aria-hidden="true" /> {count(open)}</> : <span className="none">0</span>}</td>
      <td><time dateTime={row.last_session_at ?? ""} title={exact(row.last_session_at)}>{ago(row.last_session_at, now)}</time></td>
    </tr>
  );
}
