import type { Session } from "../api/types";
import { useTyped } from "../components/typed";
import { count } from "../format";
import { eventWords } from "./event_words";
import { MODES, type SessionSearch } from "./session_search";
import { windowQuery } from "./queries";
import { KINDS, STATUSES } from "./timeline_filters";
import type { SearchChange } from "./useSearchChange";

interface Props {
  session: Session; search: SessionSearch; change: SearchChange; total: number | undefined; errors: number;
  toError: (step: 1 | -1) => void; fitsView: boolean; setFitsView: (fits: boolean) => void;
}

export function TimelineHead({ session, search, change, total, errors, toError, fitsView, setFitsView }: Props) {
  const chosen = (search.type ?? []).join();
  const mode = search.mode ?? "list";
  const isWhole = windowQuery(search).size === 0;
  return (
    <div className="panel-head">
      <div className="segments" role="group" aria-label="Draw as">
        {MODES.map((name) => <button key={name} type="button" aria-pressed={mode === name} data-testid={`mode-${name}`} onClick={() => change({ mode: name === "list" ? null : name })}>{name.replace(/^./, (letter) => letter.toUpperCase())}</button>)}
      </div>
      <div className="segments" role="group" aria-label="Show">
        {KINDS.map(([title, types, hint]) => (
          <button key={title} type="button" aria-pressed={chosen === types.join()} title={hint} onClick={() => change({ type: types, event: null })}>{title}</button>
        ))}
      </div>
      <select aria-label="Status" value={search.status ?? ""} onChange={(event) => change({ status: event.target.value })}>
        <option value="">Any status</option>
        {STATUSES.map((status) => <option key={status}>{status}</option>)}
      </select>
      {session.agents.length > 1 && (
        <select aria-label="Agent" value={search.agent ?? ""} onChange={(event) => change({ agent: event.target.value })}>
          <option value="">Every agent</option>
          {session.agents.map((agent) => <option key={agent}>{agent}</option>)}
        </select>
      )}
      {search.trace_id && <button type="button" className="chip" aria-pressed="true" onClick={() => change({ trace_id: null })} title={search.trace_id}>One trace ✕</button>}
      <FindBox value={search.q ?? ""} change={(q) => change({ q })} />
      {mode === "waterfall" && <button type="button" className="chip" aria-pressed={fitsView} onClick={() => setFitsView(!fitsView)} title="Else bars are drawn against the whole session">Fit to view</button>}
      <span className="total" data-testid="event-total">{total == null ? "" : eventWords(total, isWhole ? session.event_count : total)}</span>
      {errors > 0 && (
        <span className="error-steps" role="group" aria-label="Errors">
          <button type="button" className="button subtle" onClick={() => toError(-1)} aria-label="Error before">‹</button>
          <span className="bad">{errors >= 500 ? "500+" : count(errors)} error{errors === 1 ? "" : "s"}</span>
          <button type="button" className="button subtle" onClick={() => toError(1)} aria-label="Next error" data-testid="next-error">›</button>
        </span>
      )}
    </div>
  );
}

/** Tells what was typed after a pause; what comes from elsewhere (Back, a link, a button that clears) is taken over. */
export function FindBox({ value, change, label = "Find in events" }: { value: string; change: (q: string) => void; label?: string }) {
  const [typed, setTyped] = useTyped(value, change);
  return <input type="search" value={typed} onChange={(event) => setTyped(event.target.value)} placeholder={label} aria-label={label} />;
}
