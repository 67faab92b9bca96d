import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { get, sessionPath } from "../api/client";
import type { EventWindow, Session } from "../api/types";
import { ErrorState, Skeleton } from "../app/States";
import { count } from "../format";
import { ConversationRow } from "./ConversationRow";
import { type Drawn, only, type Show, woven } from "./conversation_items";
import { ControlEntry } from "./Marker";
import { NotCaptured } from "./NotCaptured";
import { ResumeInPlace, useHeldBy } from "./ResumeInPlace";
import { changed, type SessionSearch } from "./session_search";
import { useIsShown } from "./tab_shown";
import { FindBox } from "./TimelineHead";
import { useConversation } from "./useConversation";
import type { SearchChange } from "./useSearchChange";

const AHEAD = 8;
const SHOWS: [Show, string][] = [["all", "Everything"], ["reasoning", "Reasoning only"], ["tools", "Tool calls only"]];

interface Props { session: Session; sessionKey: string; search?: SessionSearch; change?: SearchChange }

/** What was said and done, each thing once. Its view state is in the URL on the session's page, and its own elsewhere. */
export function ConversationTab({ session, sessionKey, ...given }: Props) {
  const [own, setOwn] = useState<SessionSearch>({});
  const search = given.search ?? own;
  const change: SearchChange = given.change ?? ((part) => setOwn((known) => changed(known, part)));
  const find = search.find ?? "";
  const show = search.show ?? "all";
  const conversation = useConversation(sessionKey, find);
  const controls = useControls(sessionKey);
  const heldBy = useHeldBy(session, sessionKey);
  const { items, total, hasNextPage, isFetchingNextPage, fetchNextPage } = conversation;
  const drawn = useMemo(
    () => woven(only(items, show), find || show !== "all" ? [] : controls, !hasNextPage), [items, show, find, controls, hasNextPage]);
  const onEnd = () => { if (hasNextPage && !isFetchingNextPage) void fetchNextPage(); };
  return (
    <section className="conversation" aria-label="Conversation">
      <div className="panel-head">
        <FindBox value={find} change={(q) => change({ find: q })} label="Find in this conversation" />
        <div className="segments" role="group" aria-label="Show of the conversation">
          {SHOWS.map(([name, title]) => <button key={name} type="button" aria-pressed={show === name} data-testid={`show-${name}`} onClick={() => change({ show: name === "all" ? null : name })}>{title}</button>)}
        </div>
        <span className="total">{conversation.isSuccess ? `${count(total)} item${total === 1 ? "" : "s"}${find ? " found" : ""}` : ""}</span>
      </div>
      {conversation.isPending ? <Skeleton rows={8} />
        : conversation.isLoadingError ? <ErrorState error={conversation.error} retry={() => void conversation.refetch()} />
        : drawn.length === 0 && !hasNextPage ? <Nothing session={session} sessionKey={sessionKey} find={find} show={show} />
        : <Items key={find + show} drawn={drawn} session={session} sessionKey={sessionKey} heldBy={heldBy} isOpenReasoning={show === "reasoning"} onEnd={onEnd} isMore={hasNextPage} />}
    </section>
  );
}

function Nothing({ session, sessionKey, find, show }: { session: Session; sessionKey: string; find: string; show: Show }) {
  if (find) return <p className="state">Nothing here says “{find}”.</p>;
  if (show === "reasoning") return <p className="state">No reasoning was recorded in this session.</p>;
  if (show === "tools") return <p className="state">No tool was called in this session.</p>;
  return <NotCaptured session={session} sessionKey={sessionKey} />;
}

interface ItemsProps { drawn: Drawn[]; session: Session; sessionKey: string; heldBy: string; isOpenReasoning: boolean; onEnd: () => void; isMore: boolean }

function Items({ drawn, session, sessionKey, heldBy, isOpenReasoning, onEnd, isMore }: ItemsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: drawn.length, getScrollElement: () => scroller.current, estimateSize: () => 90, overscan: 6, getItemKey: (place) => drawn[place]?.id ?? place,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? -1;
  useEffect(() => { if (last >= drawn.length - AHEAD) onEnd(); });
  useFollow(scroller, drawn.length);
  return (
    <div className="scroller" ref={scroller} tabIndex={0} role="region" aria-label="Messages" data-testid="messages">
      <ol style={{ height: virtual.getTotalSize() }} className="items">
        {shown.map((place) => {
          const one = drawn[place.index];
          const before = drawn[place.index - 1];
          return one && (
            <li key={place.key} ref={virtual.measureElement} data-index={place.index} style={{ transform: `translateY(${place.start}px)` }}>
              {one.kind === "control"
                ? <ControlEntry row={one.row} inPlace={heldBy && one.row.details.command_id === heldBy ? <ResumeInPlace session={session} sessionKey={sessionKey} /> : null} />
                : <ConversationRow item={one.item} previous={before?.kind === "said" ? before.item : undefined} sessionKey={sessionKey} isOpenReasoning={isOpenReasoning} />}
            </li>
          );
        })}
      </ol>
      {isMore && <p className="none reading-on" role="status">Reading on…</p>}
    </div>
  );
}

/** Who reads at the end stays at the end when something new is said. */
function useFollow(scroller: React.RefObject<HTMLDivElement | null>, length: number) {
  const isAtEnd = useRef(false);
  const known = useRef(length);
  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const look = () => { isAtEnd.current = box.scrollTop > 0 && box.scrollHeight - box.scrollTop - box.clientHeight < 60; };
    box.addEventListener("scroll", look, { passive: true });
    return () => box.removeEventListener("scroll", look);
  }, [scroller]);
  useEffect(() => {
    const hasGrown = length > known.current && length - known.current < 20;
    known.current = length;
    const box = scroller.current;
    if (hasGrown && isAtEnd.current && box) requestAnimationFrame(() => box.scrollTo({ top: box.scrollHeight }));
  }, [length, scroller]);
}

function useControls(sessionKey: string) {
  const isShown = useIsShown();
  const controls = useQuery({
    queryKey: ["controls", sessionKey], enabled: isShown,
    queryFn: ({ signal }) => get<EventWindow>(`${sessionPath(sessionKey)}/events?limit=500&type=control`, signal),
  });
  return useMemo(() => controls.data?.items ?? [], [controls.data]);
}
