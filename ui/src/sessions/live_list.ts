// The list while it is looked at: rows change in place, new ones wait where they would push others about.

import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useLive, type LiveEvent } from "../api/live";
import type { Session } from "../api/types";
import { DEFAULT_SORT } from "./list_search";
import { isNewest, type News, onTop, type Pages, renewed, shownIds } from "./live_rows";
import { type ListQuery, matching } from "./queries";

const GATHER_MS = 200; // news within it is drawn at once
const TILES_MS = 1_500;
const MATCH_MS = 700;
const MAX_MATCHED = 200; // sessions that one request may name

interface LiveList {
  waiting: number; // new sessions that are not shown yet
  show: () => boolean; // puts them on top; false if only the server can tell where they belong
  clear: () => void;
}

/** `isHeld` says whether rows must not move now: somebody points at them or has scrolled. */
export function useLiveList(list: ListQuery, isFiltered: boolean, isHeld: () => boolean, onNews: (news: News) => void): LiveList {
  const queries = useQueryClient();
  const [waiting, setWaiting] = useState(0);
  const held = useRef(new Map<string, Session>());
  const elsewhere = useRef(new Set<string>()); // new, but not on top in this order
  const gathered = useRef(new Map<string, Session | null>());
  const unmatched = useRef(new Set<string>());
  const timers = useRef(new Map<string, ReturnType<typeof setTimeout>>());
  const key = ["sessions", list.text, list.sort] as const;
  const count = useCallback(() => setWaiting(held.current.size + elsewhere.current.size), []);
  const later = useCallback((name: string, ms: number, work: () => void) => {
    if (timers.current.has(name)) return;
    timers.current.set(name, setTimeout(() => {
      timers.current.delete(name);
      work();
    }, ms));
  }, []);
  const clear = useCallback(() => {
    held.current.clear();
    elsewhere.current.clear();
    count();
  }, [count]);
  useEffect(() => {
    const pending = timers.current;
    return () => {
      clear();
      pending.forEach((timer) => clearTimeout(timer));
      pending.clear();
    };
  }, [list.text, list.sort, clear]);

  const arrive = (sessions: readonly Session[]) => {
    const pages = queries.getQueryData<Pages>(key);
    if (!pages) return;
    const ids = shownIds(pages);
    const top: Session[] = [];
    for (const session of sessions) {
      if (ids.has(session.id)) continue;
      if (list.sort !== DEFAULT_SORT || !isNewest(pages, session)) elsewhere.current.add(session.id);
      else if (isHeld()) held.current.set(session.id, session);
      else top.push(session);
    }
    if (top.length) queries.setQueryData<Pages>(key, (now) => now && onTop(now, top));
    count();
  };
  const match = () => {
    const ids = [...unmatched.current].slice(0, MAX_MATCHED);
    for (const id of ids) unmatched.current.delete(id);
    if (unmatched.current.size) later("match", MATCH_MS, match);
    matching(list, ids).then(arrive, () => undefined); // the next news asks again
  };
  const draw = () => {
    const news: News = gathered.current;
    gathered.current = new Map();
    const before = queries.getQueryData<Pages>(key);
    if (before) queries.setQueryData<Pages>(key, renewed(before, news));
    renewChildren(news);
    const ids = shownIds(before);
    const unknown = [...news].filter(([id]) => !ids.has(id));
    for (const [id, session] of unknown) {
      if (session === null) {
        held.current.delete(id);
        elsewhere.current.delete(id);
      } else if (held.current.has(id)) held.current.set(id, session);
    }
    const fresh = unknown.flatMap(([id, session]) => (session && !held.current.has(id) ? [session] : []));
    const began = created.current;
    created.current = new Set();
    if (!isFiltered) arrive(fresh.filter((session) => began.has(session.id)));
    else if (fresh.length) {
      for (const session of fresh) unmatched.current.add(session.id);
      later("match", MATCH_MS, match);
    }
    count();
    onNews(news);
  };
  const created = useRef(new Set<string>());
  const renewChildren = (news: News) => {
    for (const session of news.values()) {
      const parent = session?.parent_session_id;
      if (!session || !parent) continue;
      queries.setQueriesData<{ items: Session[] }>({ queryKey: ["called", parent] }, (kept) => {
        if (!kept) return kept;
        const place = kept.items.findIndex((child) => child.id === session.id);
        const items = place < 0 ? [...kept.items, session] : kept.items.with(place, session);
        return { ...kept, items };
      });
    }
  };
  const hear = (event: LiveEvent) => {
    later("tiles", TILES_MS, () => void queries.invalidateQueries({ queryKey: ["overview"] }));
    if (event.kind === "reset") {
      void queries.invalidateQueries({ queryKey: ["sessions"] });
      return;
    }
    if (event.kind === "created") created.current.add(event.session.id);
    if (event.kind === "removed") gathered.current.set(event.id, null);
    else gathered.current.set(event.session.id, event.session);
    later("draw", GATHER_MS, () => latest.current.draw());
  };
  const latest = useRef({ hear, draw });
  latest.current = { hear, draw };
  useLive(useCallback((event: LiveEvent) => latest.current.hear(event), []));

  const show = useCallback(() => {
    if (elsewhere.current.size) return false;
    const sessions = [...held.current.values()];
    held.current.clear();
    queries.setQueryData<Pages>(["sessions", list.text, list.sort], (pages) => pages && onTop(pages, sessions));
    count();
    return true;
  }, [queries, list.text, list.sort, count]);
  return { waiting, show, clear };
}

