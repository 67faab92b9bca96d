import { Copy } from "../app/States";
import type { Session } from "../api/types";
import { counted } from "../format";
import { allSwitches, switchFor } from "./content_missing";
import { useEvent, useWindow } from "./queries";

/** Calls were recorded and nothing that was said: the emitter keeps content to itself. */
export function NotCaptured({ session, sessionKey }: { session: Session; sessionKey: string }) {
  const calls = useWindow(sessionKey, { type: ["llm_call"] }, 0, session.llm_call_count > 0);
  const event = useEvent(sessionKey, calls.data?.items[0]?.event_id);
  const told = switchFor(event.data?.scope ?? "", event.data?.source);
  if (session.llm_call_count === 0) {
    return <div className="state"><h2>Nothing was said</h2><p>This session has no messages. Its events are on the timeline.</p></div>;
  }
  return (
    <div className="state" data-testid="not-captured">
      <h2>The content was not captured</h2>
      <p>{counted(session.llm_call_count, "model call")} {session.llm_call_count === 1 ? "was" : "were"} recorded without what was said. {told.emitter} leaves it out until this is set where the agent runs:</p>
      <pre>{told.how} <Copy text={told.how} label="Copy the setting" /></pre>
      <p className="none">Timing, tokens, cost and structure are all here. What is said from then on is shown; what was said before cannot be brought back.</p>
      <details className="other-emitters"><summary>Settings of other emitters</summary>
        <dl>{allSwitches().map(({ emitter, how }) => <div key={emitter}><dt>{emitter}</dt><dd><code>{how}</code></dd></div>)}</dl></details>
    </div>
  );
}
