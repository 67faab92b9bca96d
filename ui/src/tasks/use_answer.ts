// Sending what a person decided, and what the server said to it.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useWorkspace } from "../access/AccessContext";
import { ApiError } from "../api/client";
import { toast, toastError } from "../shell/toasts";
import { type Fault, faultOf } from "../forms/answers";
import { keep } from "./open_tasks";
import { claim, complete, release, type Task, withdraw } from "./requests";
import type { Field } from "../forms/schema_form";
import { done, type Verdict } from "./task_words";

/** `refused` is told of an outcome that does not fit the form. */
export function useComplete(task: Task, field: Field, refused: (fault: Fault) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ outcome }: { outcome: unknown; verdict: Verdict }) => complete(task.id, outcome),
    onSuccess: (changed, { verdict }) => {
      keep(queries, changed);
      toast(done(task, verdict), { tone: verdict === "deny" ? "calm" : "ok", detail: task.title });
    },
    onError: (error) => {
      if (error instanceof ApiError && error.status === 422) refused(faultOf(error.message, field));
      else tell(queries, error, "It was not sent");
    },
  });
}

export function useWithdraw(task: Task) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) => withdraw(task.id, reason),
    onSuccess: (changed) => {
      keep(queries, changed);
      toast(done(task, "cancel"), { detail: task.title });
    },
    onError: (error) => tell(queries, error, "It was not canceled"),
  });
}

/** Claiming and releasing undo each other. */
export function useClaim(task: Task) {
  const queries = useQueryClient();
  const workspace = useWorkspace(); // it may be undone from another one
  const change = async (step: typeof claim) => keep(queries, await step(task.id, workspace));
  return useMutation({
    mutationFn: (step: "claim" | "release") => change(step === "claim" ? claim : release),
    onSuccess: (_, step) => void toast(step === "claim" ? "You are on it" : "Released: anybody may take it", {
      undo: () => change(step === "claim" ? release : claim),
    }),
    onError: (error) => tell(queries, error, "It was not changed"),
  });
}

/** A conflict means that what is shown is old. */
function tell(queries: ReturnType<typeof useQueryClient>, error: Error, doing: string): void {
  toastError(error, doing);
  if (error instanceof ApiError) void queries.invalidateQueries({ queryKey: ["tasks"] });
}
