import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { get, sessionPath } from "../api/client";
import type { components } from "../api/schema";
import type { Session } from "../api/types";
import { ErrorState, Skeleton } from "../app/States";
import { clock, count, duration, exact, short } from "../format";
import { cachedShare, type ContextCall, KIND_WORDS, KINDS, layerBars, sizeOf, slicesOf, unknownPercent } from "./context_bar";
import { ContextCallPanel } from "./ContextCallPanel";
import { usePages } from "./queries";
import { type SessionSearch, toEvent } from "./session_search";
import { useIsShown } from "./tab_shown";
import type { SearchChange } from "./useSearchChange";

const ROW_HEIGHT = 36;
const AHEAD = 30;

interface Props { session: Session; sessionKey: string; search: SessionSearch; change: SearchChange }

/** What each model call was given. */
export function ContextTab({ session, sessionKey, search, change }: Props) {
  const pages = usePages<components["schemas"]["ContextCalls"]>(sessionKey, "context", "context", 100);
  const pipelines = usePages<components["schemas"]["Pipelines"]>(sessionKey, "pipelines", "context/pipelines", 50);
  const calls = useMemo(() => (pages.data?.pages ?? []).flatMap((page) => page.calls), [pages.data]);
  if (pages.isPending) return <Skeleton rows={6} />;
  if (pages.isLoadingError) return <ErrorState error={pages.error} retry={() => void pages.refetch()} />;
  const runs = (pipelines.data?.pages ?? []).flatMap((page) => page.items);
  return (
    <div className="split">
      <div className="context-view">
        <MemoryNow sessionKey={sessionKey} session={session} />
        <div className="legend" aria-hidden="true">{KINDS.map((kind) => <span key={kind}><i className={`slice slice-${kind}`} />{KIND_WORDS[kind]}</span>)}
          <span><i className="slice slice-unknown" />Not captured</span><span><i className="slice slice-striped" /><span className="none">Striped: the split is estimated from text length; the sum is as reported</span></span></div>
        {calls.length === 0 ? <p className="state">No model call was recorded, so there is no context to show.</p>
          : <Calls calls={calls} chosen={search.call} choose={(call) => change({ call })} onEnd={() => { if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage(); }} />}
        <Pipelines runs={runs} hasMore={pipelines.hasNextPage} more={() => void pipelines.fetchNextPage()} change={change} />
      </div>
      {search.call && <ContextCallPanel sessionKey={sessionKey} eventId={search.call} change={change} />}
    </div>
  );
}

/** What the model would see if it were asked now: after a reset nothing, after a compaction the summary and the latest turns. */
function MemoryNow({ sessionKey, session }: { sessionKey: string; session: Session }) {
  const isShown = useIsShown();
  const memory = useQuery({
    queryKey: ["history", sessionKey], enabled: isShown,
    queryFn: ({ signal }) => get<components["schemas"]["Memory"]>(`${sessionPath(sessionKey)}/history`, signal),
  });
  if (!memory.data) return null;
  const { messages, summary, summarised_by: by, epoch, truncated } = memory.data;
  return (
    <details className="memory-now" data-testid="memory-now">
      <summary>
        <b>{count(messages.length)}{truncated ? "+" : ""} message{messages.length === 1 ? "" : "s"}</b> in memory now
        {summary && <span className="none">with a summary of what was before</span>}
        {epoch > 0 && <span className="none">reset {epoch}×</span>}
        {session.compactions > 0 && <span className="none">compacted {session.compactions}×</span>}
      </summary>
      {summary ? <><p className="none">Summary, made by {by}</p><pre tabIndex={0}>{summary}</pre></> : <p className="none">Nothing was summarised. What was said stands in the conversation.</p>}
    </details>
  );
}

interface CallsProps { calls: ContextCall[]; chosen: string | undefined; choose: (eventId: string | null) => void; onEnd: () => void }

function Calls({ calls, chosen, choose, onEnd }: CallsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: calls.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 12 });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => { if (last >= calls.length - AHEAD) onEnd(); }, [last, calls.length, onEnd]);
  const largest = useMemo(() => Math.max(...calls.map(sizeOf), 1), [calls]);
  return (
    <div className="scroller calls" ref={scroller} tabIndex={0} role="region" aria-label="Model calls">
      <ol style={{ height: virtual.getTotalSize(), position: "relative" }}>{shown.map((place) => {
        const call = calls[place.index]!;
        return (
          <li key={call.event_id} style={{ transform: `translateY(${place.start}px)` }}>
            <button type="button" className={`context-call ${call.event_id === chosen ? "selected" : ""}`} aria-pressed={call.event_id === chosen} data-testid="context-call"
              onClick={() => choose(call.event_id === chosen ? null : call.event_id)}>
              <time dateTime={call.at} title={exact(call.at)}>{clock(call.at)}</time>
              <span className="agent">{call.agent_id}</span>
              <span className="model">{call.model}</span>
              <BudgetBar call={call} largest={largest} />
              <span className="number">{short(sizeOf(call))}</span>
              <span className="number none">{cacheWords(call)}</span>
              <span className="number">{call.entered > 0 && <span className="entered">+{call.entered}</span>} {call.left > 0 && <span className="left">−{call.left}</span>}</span>
            </button>
          </li>
        );
      })}</ol>
    </div>
  );
}

function cacheWords(call: ContextCall): string {
  const share = cachedShare(call);
  return share == null ? "" : `${Math.round(share * 100)}% cached`;
}

export function BudgetBar({ call, largest }: { call: Pick<ContextCall, "budget" | "estimated" | "input_tokens">; largest: number }) {
  const slices = slicesOf(call.budget, largest);
  const unknown = unknownPercent(call, largest);
  const words = slices.map((slice) => `${KIND_WORDS[slice.kind]} ${call.estimated ? "about " : ""}${count(slice.tokens)}`).join(", ") || "what it was made of was not captured";
  return (
    <span className={`budget ${call.estimated ? "estimated" : ""}`} role="img" aria-label={`Budget: ${words}`} title={words} data-testid="budget-bar">
      {slices.map((slice) => <i key={slice.kind} className={`slice slice-${slice.kind}`} style={{ width: `${slice.percent}%` }} data-kind={slice.kind} />)}
      {unknown > 0.5 && <i className="slice slice-unknown" style={{ width: `${unknown}%` }} />}
    </span>
  );
}

interface PipelinesProps { runs: components["schemas"]["PipelineRun"][]; hasMore: boolean; more: () => void; change: SearchChange }

function Pipelines({ runs, hasMore, more, change }: PipelinesProps) {
  if (runs.length === 0) return null;
  return (
    <section className="pipelines" aria-label="Context pipelines">
      <h2>Pipeline, layer by layer</h2>
      {runs.map((run) => (
        <div key={run.event_id} className="pipeline" data-testid="pipeline">
          <header><button type="button" className="link" onClick={() => change(toEvent(run.event_id), true)}><time title={exact(run.at)}>{clock(run.at)}</time></button> <b>{duration(run.duration_ms)}</b></header>
          {layerBars(run.layers, run.duration_ms).map((layer, place) => (
            <div key={place} className="layer" data-testid="layer">
              <span>{layer.name}</span>
              <span className="track"><i className="bar" style={{ left: `${layer.left}%`, width: `${Math.max(0.5, layer.width)}%` }} /></span>
              <span className="number">{duration(layer.ms)}</span><span className="none">{layer.note}</span>
            </div>
          ))}
        </div>
      ))}
      {hasMore && <button type="button" className="button more-button" onClick={more}>More executions</button>}
    </section>
  );
}
