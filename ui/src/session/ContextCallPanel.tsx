import { useQuery } from "@tanstack/react-query";
import { get, sessionPath } from "../api/client";
import type { components } from "../api/schema";
import { ErrorState, Skeleton } from "../app/States";
import { clock, count, exact } from "../format";
import { cachedShare, KIND_WORDS, type Kind, sizeOf } from "./context_bar";
import { BudgetBar } from "./ContextTab";
import { BlockReader } from "./BlockReader";
import { toEvent } from "./session_search";
import type { SearchChange } from "./useSearchChange";

type Ref = components["schemas"]["ContentRef"];

/** One model call: what it was given, and what entered and left since the call before. */
export function ContextCallPanel({ sessionKey, eventId, change }: { sessionKey: string; eventId: string; change: SearchChange }) {
  const detail = useQuery({
    queryKey: ["context-call", sessionKey, eventId],
    queryFn: ({ signal }) => get<components["schemas"]["ContextDetail"]>(`${sessionPath(sessionKey)}/context/${encodeURIComponent(eventId)}`, signal),
  });
  return (
    <aside className="event-panel" aria-label="Context of a model call" data-testid="context-panel">
      <button type="button" className="icon-button close" aria-label="Close" onClick={() => change({ call: null })}>✕</button>
      {detail.isPending ? <Skeleton rows={6} /> : detail.isLoadingError ? <ErrorState error={detail.error} retry={() => void detail.refetch()} /> : (
        <>
          <h2>{detail.data.model || "Model call"} <time className="none" title={exact(detail.data.at)}>{clock(detail.data.at)}</time></h2>
          <BudgetBar call={detail.data} largest={sizeOf(detail.data)} />
          <p className="none">{count(sizeOf(detail.data))} tokens in{detail.data.estimated ? "; how they are split is estimated" : ""}
            {cachedShare(detail.data) != null && <>; {count(detail.data.cache_read_tokens)} read from the cache ({Math.round(cachedShare(detail.data)! * 100)}%)</>}
            {detail.data.cache_write_tokens ? <>, {count(detail.data.cache_write_tokens)} written to it</> : null}</p>
          <button type="button" className="button subtle self-start" onClick={() => change(toEvent(eventId), true)}>Open its event</button>
          <Refs title="Entered since the call before" sign="+" refs={detail.data.entered} sessionKey={sessionKey} />
          <Refs title="Left since the call before" sign="−" refs={detail.data.left} sessionKey={sessionKey} />
          <h3>All of it</h3>
          {detail.data.segments.map((segment) => (
            <details key={segment.kind} className="segment" data-testid={`segment-${segment.kind}`}>
              <summary><i className={`slice slice-${segment.kind}`} aria-hidden="true" />{KIND_WORDS[segment.kind as Kind]}
                <span className="none">{count(segment.ref_count)} block{segment.ref_count === 1 ? "" : "s"}</span><span className="grow" />
                <span>{segment.estimated && "≈ "}{count(segment.tokens)} tokens</span></summary>
              <RefList refs={segment.refs} sessionKey={sessionKey} />
              {segment.ref_count > segment.refs.length && <p className="none">{count(segment.ref_count - segment.refs.length)} more are not listed.</p>}
            </details>
          ))}
        </>
      )}
    </aside>
  );
}

function Refs({ title, sign, refs, sessionKey }: { title: string; sign: string; refs: Ref[]; sessionKey: string }) {
  return (
    <section data-testid={sign === "+" ? "entered" : "left"}>
      <h3>{title} <span className="none">{sign}{count(refs.length)}</span></h3>
      {refs.length === 0 ? <p className="none">Nothing.</p> : <RefList refs={refs} sessionKey={sessionKey} />}
    </section>
  );
}

const SHOWN = 60;

function RefList({ refs, sessionKey }: { refs: Ref[]; sessionKey: string }) {
  return (
    <ul className="refs">
      {refs.slice(0, SHOWN).map((ref, place) => (
        <li key={`${ref.hash}${place}`}>
          <details>
            <summary><b>{ref.role || ref.name || ref.kind.replace("_", " ")}</b><span className="brief">{ref.preview}</span><span className="none">{count(ref.chars)}</span></summary>
            <BlockReader sessionKey={sessionKey} hash={ref.hash} chars={ref.chars} />
          </details>
        </li>
      ))}
      {refs.length > SHOWN && <li className="none">and {count(refs.length - SHOWN)} more</li>}
    </ul>
  );
}
