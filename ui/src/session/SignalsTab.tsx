import { SessionSignals } from "../signals/SessionSignals";
import { toEvent } from "./session_search";
import type { SearchChange } from "./useSearchChange";

/** What fired in the session and what its policies decided; each signal leads to its event. */
export function SignalsTab({ sessionKey, change }: { sessionKey: string; change: SearchChange }) {
  return (
    <SessionSignals sessionKey={sessionKey} toEvent={(eventId, words, testId) => (
      <button key={eventId} type="button" className="link" onClick={() => change(toEvent(eventId), true)} data-testid={testId}>{words}</button>
    )} />
  );
}
