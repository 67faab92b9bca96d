import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { get, sessionPath } from "../api/client";
import type { components } from "../api/schema";
import type { EventRow, EventWindow, Session } from "../api/types";
import { ErrorState, Skeleton } from "../app/States";
import { isForApp, useShortcuts } from "../shell/shortcuts";
import type { Span } from "./bars";
import { EventPanel } from "./EventPanel";
import { Minimap } from "./Minimap";
import { useEvent, useWindow, windowQuery } from "./queries";
import { ResumeInPlace, useHeldBy } from "./ResumeInPlace";
import type { SessionSearch } from "./session_search";
import { useIsShown } from "./tab_shown";
import { errorsOnce, nextError } from "./timeline_filters";
import { stepOf } from "./timeline_steps";
import { TimelineHead } from "./TimelineHead";
import { MAX_TREE_ROWS, TreeEvents } from "./TreeEvents";
import type { SearchChange } from "./useSearchChange";
import { type GoTo, WindowedEvents } from "./WindowedEvents";

const KEYS = [["e", "next error"], ["E", "error before"], ["j k ↓ ↑", "next and previous event"], ["Esc", "close the event"]] as const;
const MARKS = "type=control&type=compaction&type=reset&type=handoff&type=task";
const MAP_FROM_ROWS = 40;

interface Props { session: Session; sessionKey: string; search: SessionSearch; change: SearchChange }

/** Every event in order. */
export function TimelineTab({ session, sessionKey, search, change }: Props) {
  const isShown = useIsShown();
  const first = useWindow(sessionKey, search, 0, true);
  const errors = useMarks(sessionKey, "status=error");
  const marks = useMarks(sessionKey, MARKS);
  const mode = search.mode ?? "list";
  const rows = useRef<GoTo>(null);
  const clicked = useRef("");
  const [view, setView] = useState<{ span: Span; from: string } | null>(null);
  const [fitsView, setFitsView] = useState(true);
  const heldBy = useHeldBy(session, sessionKey);
  const whole = useMemo<Span>(() => ({
    from: Date.parse(session.started_at ?? ""), to: Math.max(Date.parse(session.last_activity_at ?? ""), Date.parse(session.started_at ?? "") + 1),
  }), [session.started_at, session.last_activity_at]);
  const onView = useCallback((top: EventRow, bottom: EventRow) => setView((known) => {
    const span = { from: Date.parse(top.at), to: Date.parse(bottom.at) };
    return known?.from === top.at && known.span.to === span.to ? known : { span, from: top.at };
  }), []);
  const open = useCallback((row: EventRow) => {
    clicked.current = row.event_id;
    change({ event: row.event_id });
  }, [change]);
  useGoToOpened(sessionKey, search, rows, clicked, first.isSuccess && isShown);
  const toError = (step: 1 | -1) => {
    const next = nextError(errors, view?.from, search.event, step);
    if (next) change({ event: next.event_id });
  };
  useTimelineKeys(toError, (by) => rows.current?.step(by), isShown);
  const busy = useBusy(sessionKey);
  const total = first.data?.total ?? 0;
  // A waterfall is nested as long as a tree can hold it; a longer one is drawn row by row.
  const isNested = mode === "tree" || (mode === "waterfall" && total <= MAX_TREE_ROWS);
  const shared = { sessionKey, search, mode, whole, onOpen: open, onView, total, fitsView: fitsView && mode === "waterfall",
    inPlaceOf: (row: EventRow) => heldBy && row.details.command_id === heldBy ? <ResumeInPlace session={session} sessionKey={sessionKey} /> : null };

  return (
    <section className="timeline" aria-label="Timeline">
      <TimelineHead session={session} search={search} change={change} total={first.data?.total} errors={errors.length} toError={toError} fitsView={fitsView} setFitsView={setFitsView} />
      {session.event_count >= MAP_FROM_ROWS && <Minimap whole={whole} view={view?.span ?? null} errors={errors} marks={marks} busy={busy} goTo={(at) => void rows.current?.goTo(at, "")} />}
      <div className="split">
        {first.isPending ? <Skeleton /> : first.isLoadingError ? <ErrorState error={first.error} retry={() => void first.refetch()} />
          : first.data.total === 0 ? <NoEvent search={search} change={change} />
          : isNested ? <TreeEvents key={windowQuery(search).toString()} ref={rows} {...shared} toList={() => change({ mode: null })} />
          : <WindowedEvents key={windowQuery(search).toString() + mode} ref={rows} {...shared} />}
        {search.event && <EventPanel session={session} sessionKey={sessionKey} eventId={search.event} change={change} goTo={(at, id) => void rows.current?.goTo(at, id)} />}
      </div>
    </section>
  );
}

function NoEvent({ search, change }: { search: SessionSearch; change: SearchChange }) {
  const isFiltered = windowQuery(search).size > 0;
  return (
    <div className="state" data-testid="no-event">
      <h2>{isFiltered ? "No event fits these filters" : "No event yet"}</h2>
      {search.type?.includes("reasoning") && <p>Reasoning that came inside of model calls is shown in the conversation, under “Reasoning only”.</p>}
      {isFiltered && <button type="button" className="button" onClick={() => change({ type: null, status: null, agent: null, q: null, trace_id: null })}>Clear the filters</button>}
    </div>
  );
}

/** The first five hundred events of a kind, for the minimap and for going from error to error. */
function useMarks(sessionKey: string, filter: string): EventRow[] {
  const isShown = useIsShown();
  const marks = useQuery({
    queryKey: ["timeline-marks", sessionKey, filter], enabled: isShown,
    queryFn: ({ signal }) => get<EventWindow>(`${sessionPath(sessionKey)}/events?limit=500&${filter}`, signal),
  });
  return useMemo(() => errorsOnce(marks.data?.items ?? []), [marks.data]);
}

/** When the session worked, trace by trace. */
function useBusy(sessionKey: string): Span[] {
  const isShown = useIsShown();
  const traces = useQuery({
    queryKey: ["timeline-marks", sessionKey, "traces"], enabled: isShown,
    queryFn: ({ signal }) => get<components["schemas"]["Traces"]>(`${sessionPath(sessionKey)}/traces?limit=500`, signal),
  });
  return useMemo(() => (traces.data?.items ?? []).map((trace) => ({ from: Date.parse(trace.started_at), to: Date.parse(trace.ended_at ?? trace.started_at) })), [traces.data]);
}

/** An event that the URL names, and nobody clicked here, is scrolled to. */
function useGoToOpened(sessionKey: string, search: SessionSearch, rows: React.RefObject<GoTo | null>, clicked: React.RefObject<string>, isReady: boolean) {
  const event = useEvent(sessionKey, isReady ? search.event : undefined);
  const at = event.data?.at;
  const id = event.data?.event_id;
  useEffect(() => {
    if (!isReady || !at || !id || id !== search.event || clicked.current === id) return;
    clicked.current = id;
    void rows.current?.goTo(at, id);
  }, [at, id, search.event, isReady, rows, clicked]);
}

function useTimelineKeys(toError: (step: 1 | -1) => void, step: (by: 1 | -1) => void, isShown: boolean) {
  useShortcuts("Timeline", KEYS);
  const latest = useRef({ toError, step });
  useEffect(() => { latest.current = { toError, step }; });
  useEffect(() => {
    if (!isShown) return;
    const press = (event: KeyboardEvent) => {
      if (!isForApp(event)) return;
      const by = stepOf(event.key);
      if (event.key.toLowerCase() === "e") latest.current.toError(event.key === "e" ? 1 : -1);
      else if (by && isNowhere(document.activeElement)) {
        event.preventDefault();
        latest.current.step(by);
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [isShown]);
}

/** No part of the page has the focus, so that arrows cannot be meant for another one. */
function isNowhere(focused: Element | null): boolean {
  return focused === null || focused === document.body || focused.id === "main";
}
