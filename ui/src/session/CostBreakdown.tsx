import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { get, sessionPath } from "../api/client";
import type { EventRow, EventWindow, Metrics, Session } from "../api/types";
import { ErrorState, Skeleton } from "../app/States";
import { clock, count, exact, money, short, unpriced } from "../format";
import { CostRule } from "./EventPanel";
import { useEvent } from "./queries";

const PAGE = 100;

interface Props { cost: Metrics["cost"]; models: Metrics["models"]; session: Session; sessionKey: string }

/** A cost, opened down to its calls and to the rates behind each. */
export function CostBreakdown({ cost, models, session, sessionKey }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="cost" data-testid="cost-breakdown">
      <p className="cost-sum"><b>{money(cost.cost_usd)}</b>
        <span className="none">{money(cost.reported_usd)} reported by senders, {money(cost.computed_usd)} from price tables{cost.unpriced_calls > 0 && <>, {unpriced(cost.unpriced_calls)}</>}</span></p>
      <ul className="cost-models">{models.map((use) => <li key={use.model + use.provider}><span>{use.model}</span><span className="none">{count(use.calls)} call{use.calls === 1 ? "" : "s"}</span><b>{money(use.cost_usd)}</b></li>)}</ul>
      {session.llm_call_count > 0 && (
        <details onToggle={(event) => setOpen(event.currentTarget.open)}><summary data-testid="open-calls">Call by call</summary>{isOpen && <Calls sessionKey={sessionKey} />}</details>
      )}
    </div>
  );
}

function Calls({ sessionKey }: { sessionKey: string }) {
  const calls = useInfiniteQuery({
    queryKey: ["calls", sessionKey],
    queryFn: ({ pageParam, signal }) => get<EventWindow>(`${sessionPath(sessionKey)}/events?type=llm_call&limit=${PAGE}${pageParam && `&after=${encodeURIComponent(pageParam)}`}`, signal),
    initialPageParam: "", getNextPageParam: (page) => page.next_cursor,
  });
  if (calls.isPending) return <Skeleton rows={4} />;
  if (calls.isLoadingError) return <ErrorState error={calls.error} retry={() => void calls.refetch()} />;
  return (
    <div className="cost-calls">
      <ul>{calls.data.pages.flatMap((page) => page.items).map((row) => <Call key={row.event_id} row={row} sessionKey={sessionKey} />)}</ul>
      {calls.hasNextPage && <button type="button" className="button more-button" disabled={calls.isFetchingNextPage} onClick={() => void calls.fetchNextPage()}>More calls</button>}
    </div>
  );
}

function Call({ row, sessionKey }: { row: EventRow; sessionKey: string }) {
  const [isOpen, setOpen] = useState(false);
  const event = useEvent(sessionKey, isOpen ? row.event_id : undefined);
  return (
    <li>
      <details onToggle={(toggled) => { if (toggled.target === toggled.currentTarget) setOpen(toggled.currentTarget.open); }}>
        <summary data-testid="cost-call"><time title={exact(row.at)}>{clock(row.at)}</time><span className="brief">{row.model_used || row.model_requested}</span>
          <span className="none">{short(row.input_tokens)} → {short(row.output_tokens)}</span><b>{money(row.cost_usd)}</b></summary>
        {event.isLoadingError && <p className="error-text">{event.error.message}</p>}
        {event.data && (event.data.cost_rule ? <CostRule event={event.data} /> : <p className="none">No price is known for this call.</p>)}
        <Link to="/sessions/$key" params={{ key: sessionKey }} search={{ tab: "timeline", event: row.event_id }}>Open its event</Link>
      </details>
    </li>
  );
}
