import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { act, type ActionRequest, removeSession, type Verb } from "../api/act";
import { get, sessionPath } from "../api/client";
import { useWorkspace } from "../access/AccessContext";
import type { components } from "../api/schema";
import type { Session } from "../api/types";
import { ALL, readReference } from "../api/workspace";
import { listBefore } from "../sessions/list_before";
import { toast, toastError } from "../shell/toasts";
import { type Action, isSettled, outcomeOf } from "./actions";

type Command = components["schemas"]["Command"];
const WAIT_S = 25;
const MAX_WAITS = 24;   // ten minutes; after that the page still hears of it over the live stream
const LATEST = 20;

export function useCommands(key: string) {
  return useQuery({
    queryKey: ["commands", key],
    queryFn: ({ signal }) => get<components["schemas"]["CommandList"]>(`${sessionPath(key)}/commands?limit=${LATEST}`, signal),
  });
}

/** Does what a button says, and tells what came of it. */
export function useActions(key: string) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const shown = useWorkspace();
  const own = (shown === ALL ? readReference(key)?.workspace : shown) ?? shown; // what was asked is followed to its end, wherever this person goes meanwhile
  const [busy, setBusy] = useState<Action | null>(null);

  const settle = useCallback(async (command: Command) => {
    let told = command;
    for (let wait = 0; wait < MAX_WAITS && !isSettled(told); wait += 1) {
      told = await get<Command>(`/commands/${told.id}?wait_s=${WAIT_S}`, undefined, own);
    }
    return told;
  }, [own]);

  const ask = useCallback(async (verb: Verb, asked: ActionRequest = {}) => {
    const answer = await act(key, verb, asked, shown);
    queries.setQueryData(["session", key], (known: Session | undefined) => ({ ...known, ...answer.session }));
    void queries.invalidateQueries({ queryKey: ["commands", key] });
    const left = answer.command.still_running;
    if (left.length) toast(`${left.length} called session${left.length === 1 ? " goes" : "s go"} on`, { detail: left.map((one) => one.key).join(", ") });
    return answer.command;
  }, [key, queries, shown]);

  const run = useCallback(async (verb: Verb, asked: ActionRequest = {}) => {
    setBusy(verb);
    try {
      const command = await ask(verb, asked);
      setBusy(null);
      const told = await settle(command);
      void queries.invalidateQueries({ queryKey: ["commands", key] });
      if (!isSettled(told)) return;
      const outcome = outcomeOf(told);
      const back = BACK[verb];
      toast(outcome.text, {
        detail: outcome.detail, tone: outcome.isBad ? "bad" : "ok",
        ...(back && !outcome.isBad ? { undo: async () => void (await ask(back)) } : {}),
      });
    } catch (error) {
      toastError(error, `It could not be asked to ${verb}`);
      void queries.invalidateQueries({ queryKey: ["session", key] });
    } finally {
      setBusy(null);
    }
  }, [ask, settle, key, queries]);

  const remove = useCallback(async () => {
    setBusy("delete");
    try {
      await removeSession(key);
      toast("Deleted", { detail: key });
      await navigate({ to: "/sessions", search: listBefore() });
      queries.removeQueries({ predicate: (query) => query.queryKey[1] === key });
      void queries.invalidateQueries({ queryKey: ["sessions"] });
    } catch (error) {
      toastError(error, "It could not be deleted");
    } finally {
      setBusy(null);
    }
  }, [key, navigate, queries]);

  return { busy, run, remove };
}

const BACK: Partial<Record<Verb, Verb>> = { archive: "unarchive", unarchive: "archive", pause: "resume", escalate: "return" };
