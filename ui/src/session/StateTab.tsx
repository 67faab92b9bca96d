import { useMemo } from "react";
import type { components } from "../api/schema";
import { Copy, ErrorState, Skeleton } from "../app/States";
import { ago, clock, count, dateTime, exact } from "../format";
import { usePages } from "./queries";
import { type SessionSearch, toEvent } from "./session_search";
import type { SearchChange } from "./useSearchChange";

type State = components["schemas"]["State"];
type Change = components["schemas"]["StateChange"];

interface Props { sessionKey: string; search: SessionSearch; change: SearchChange }

/** The session's variables now, and how they came to be so. */
export function StateTab({ sessionKey, search, change }: Props) {
  const pages = usePages<State>(sessionKey, "state", "state", 200);
  const history = useMemo(() => (pages.data?.pages ?? []).flatMap((page) => page.history), [pages.data]);
  if (pages.isPending) return <Skeleton rows={6} />;
  if (pages.isLoadingError) return <ErrorState error={pages.error} retry={() => void pages.refetch()} />;
  const variables = pages.data.pages[0]?.variables ?? [];
  if (variables.length === 0 && history.length === 0) {
    return <div className="state"><h2>No state</h2><p>No event of this session says that a variable changed. Agents tell it with events of type <code>state_change</code>.</p></div>;
  }
  const shown = search.variable ? history.filter((one) => one.variable === search.variable) : history;
  return (
    <div className="columns state-view">
      <section>
        <h2>Now</h2>
        <table className="plain values" data-testid="variables">
          <thead><tr><th>Variable</th><th>Value</th><th>Changed</th></tr></thead>
          <tbody>{variables.map((one) => (
            <tr key={one.name} className={one.name === search.variable ? "chosen" : ""}>
              <th scope="row"><button type="button" className="link" aria-pressed={one.name === search.variable} onClick={() => change({ variable: one.name === search.variable ? null : one.name })}>{one.name}</button></th>
              <td><Written value={one.value} /></td>
              <td className="none"><time title={exact(one.updated_at)}>{ago(one.updated_at, Date.now())}</time>, {count(one.changes)}×</td>
            </tr>
          ))}</tbody>
        </table>
      </section>
      <section>
        <h2>History{search.variable && <> of <code>{search.variable}</code> <button type="button" className="button subtle" onClick={() => change({ variable: null })}>Show all</button></>}</h2>
        <ol className="changes" data-testid="state-history">{shown.map((one, place) => <Changed key={`${one.event_id}:${one.variable}:${place}`} one={one} change={change} />)}</ol>
        {shown.length === 0 && <p className="none">None of the changes read so far is of it.</p>}
        {pages.hasNextPage && <button type="button" className="button more-button" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>Older changes</button>}
      </section>
    </div>
  );
}

function Changed({ one, change }: { one: Change; change: SearchChange }) {
  return (
    <li data-testid="state-change">
      <header>
        <b>{one.variable}</b>{one.agent_id && <span className="none">by {one.agent_id}</span>}
        <span className="grow" />
        <time dateTime={one.at} title={exact(one.at)}>{clock(one.at)}</time>
        <button type="button" className="link" onClick={() => change(toEvent(one.event_id), true)} aria-label={`Open the event of ${dateTime(one.at)}`}>event</button>
      </header>
      <div className="from-to"><Written value={one.old} /><span aria-label="became">→</span><Written value={one.new} /></div>
    </li>
  );
}

function Written({ value }: { value: unknown }) {
  if (value === undefined || value === null) return <span className="none">not set</span>;
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 1);
  return <span className="written"><code>{text.length > 4_000 ? `${text.slice(0, 4_000)}…` : text}</code><Copy text={text} label="Copy the value" /></span>;
}
