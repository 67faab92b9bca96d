import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { ErrorState, Skeleton } from "../app/States";
import type { Session } from "../api/types";
import { count } from "../format";
import { ConversationRow } from "./ConversationRow";
import { switchFor } from "./content_missing";
import { useConversation, useWindow, useEvent } from "./queries";

const AHEAD = 8;
const TYPING_PAUSE_MS = 250;

export function ConversationTab({ session, sessionKey }: { session: Session; sessionKey: string }) {
  const [typed, setTyped] = useState("");
  const [q, setQ] = useState("");
  useEffect(() => {
    const pause = setTimeout(() => setQ(typed.trim()), TYPING_PAUSE_MS);
    return () => clearTimeout(pause);
  }, [typed]);
  const conversation = useConversation(sessionKey, q);
  const items = useMemo(() => (conversation.data?.pages ?? []).flatMap((page) => page.items), [conversation.data]);
  const total = conversation.data?.pages[0]?.total ?? 0;

  return (
    <section className="conversation" aria-label="Conversation">
      <div className="panel-head">
        <input type="search" value={typed} onChange={(event) => setTyped(event.target.value)} placeholder="Find in this conversation" aria-label="Find in this conversation" />
        <span className="total">{conversation.isSuccess ? `${count(total)} item${total === 1 ? "" : "s"}` : ""}</span>
      </div>
      {conversation.isPending ? <Skeleton rows={8} />
        : conversation.isError ? <ErrorState error={conversation.error} retry={() => void conversation.refetch()} />
        : items.length === 0 ? (q ? <p className="state">Nothing here says “{q}”.</p> : <NotCaptured session={session} sessionKey={sessionKey} />)
        : <Items items={items} sessionKey={sessionKey} onEnd={() => { if (conversation.hasNextPage && !conversation.isFetchingNextPage) void conversation.fetchNextPage(); }} />}
    </section>
  );
}

function Items({ items, sessionKey, onEnd }: { items: Parameters<typeof ConversationRow>[0]["item"][]; sessionKey: string; onEnd: () => void }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: items.length, getScrollElement: () => scroller.current, estimateSize: () => 120, overscan: 6,
    getItemKey: (place) => items[place]?.id ?? place,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => { if (last >= items.length - AHEAD) onEnd(); }, [last, items.length, onEnd]);
  return (
    <div className="scroller" ref={scroller} tabIndex={0} role="region" aria-label="Messages">
      <ol style={{ height: virtual.getTotalSize() }} className="items">
        {shown.map((place) => {
          const item = items[place.index];
          return item && (
            <li key={place.key} ref={virtual.measureElement} data-index={place.index} style={{ transform: `translateY(${place.start}px)` }}>
              <ConversationRow item={item} previous={items[place.index - 1]} sessionKey={sessionKey} />
            </li>
          );
        })}
      </ol>
    </div>
  );
}

/** Calls were recorded and nothing that was said: the emitter keeps content to itself. */
function NotCaptured({ session, sessionKey }: { session: Session; sessionKey: string }) {
  const calls = useWindow(sessionKey, { type: ["llm_call"] }, 0, session.llm_call_count > 0);
  const event = useEvent(sessionKey, calls.data?.items[0]?.event_id);
  const told = switchFor(event.data?.scope ?? "");
  if (session.llm_call_count === 0) {
    return <div className="state"><h2>Nothing was said</h2><p>This session has no messages. Its events are on the timeline.</p></div>;
  }
  return (
    <div className="state" data-testid="not-captured">
      <h2>The content was not captured</h2>
      <p>{count(session.llm_call_count)} model calls were recorded without what was said. {told.emitter} leaves it out until this is set where the agent runs:</p>
      <pre>{told.how}</pre>
    </div>
  );
}
