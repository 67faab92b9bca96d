import { useState } from "react";
import { ago, exact } from "../format";
import { type Runtime, type RuntimeState, runtimeState } from "./agent_rows";
import { useRuntimes } from "./queries";

const STATES: Record<RuntimeState, { tone: string; means: string }> = {
  listening: { tone: "ok", means: "It polls for commands" },
  lost: { tone: "bad", means: "It went silent without saying goodbye" },
  ended: { tone: "calm", means: "It ended in order" },
};

/** Processes that can be steered. Those that have ended are shown when asked for. */
export function Runtimes({ now }: { now: number }) {
  const runtimes = useRuntimes();
  const [isAll, setAll] = useState(false);
  const all = runtimes.data ?? [];
  const present = all.filter((one) => runtimeState(one) === "listening");
  const gone = all.length - present.length;
  return (
    <section className="runtimes" aria-labelledby="runtimes-title" data-testid="runtimes">
      <header className="list-head">
        <h2 id="runtimes-title">Runtimes listening</h2><span className="total">{present.length}</span>
        <span className="grow" />
        {gone > 0 && <button type="button" className="button subtle" aria-pressed={isAll} onClick={() => setAll(!isAll)}>{isAll ? "Hide those that are gone" : `Show ${gone} that ${gone === 1 ? "is" : "are"} gone`}</button>}
      </header>
      {runtimes.isError ? <p className="error-text" role="alert">{runtimes.error.message}</p>
        : present.length + (isAll ? gone : 0) > 0 ? <RuntimeTable runtimes={isAll ? all : present} now={now} />
        : runtimes.isSuccess && <p className="about">No process listens for commands. One that uses the SDK does by itself: <code>import sojourn</code>, then <code>sojourn.start_session(…)</code>.</p>}
    </section>
  );
}

function RuntimeTable({ runtimes, now }: { runtimes: Runtime[]; now: number }) {
  return (
    <table className="agents">
      <caption className="visually-hidden">Runtimes</caption>
      <thead><tr><th scope="col">Process</th><th scope="col">State</th><th scope="col">Host</th><th scope="col" className="number">Process id</th><th scope="col">SDK</th><th scope="col">Since</th><th scope="col">Last heard</th></tr></thead>
      <tbody>
        {runtimes.map((one) => {
          const state = runtimeState(one);
          return (
            <tr key={one.id} data-testid="runtime-row">
              <th scope="row" title={one.id}>{one.name || one.id.slice(0, 8)}</th>
              <td><State state={state} /></td>
              <td>{one.host || <span className="none">—</span>}</td>
              <td className="number plain-number">{one.pid || <span className="none">—</span>}</td>
              <td>{one.sdk || <span className="none">—</span>}</td>
              <td><time dateTime={one.registered_at ?? ""} title={exact(one.registered_at)}>{ago(one.registered_at, now)}</time></td>
              <td><time dateTime={one.heard_at ?? ""} title={exact(one.heard_at)}>{ago(one.heard_at, now)}</time></td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function State({ state }: { state: RuntimeState }) {
  const { tone, means } = STATES[state];
  return <span className={`pill pill-${tone}`} title={means}><i aria-hidden="true" />{state}</span>;
}
