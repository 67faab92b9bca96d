// Policies in the query cache, and what a person does to them.

import { keepPreviousData, type QueryClient, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { get, send } from "../api/client";
import type { components } from "../api/schema";
import type { Facets } from "../api/types";
import { toast, toastError } from "../shell/toasts";
import type { Batch } from "./policy_draft";
import type { Policy, PolicyBody, PolicyChange, PolicyForm, Replay } from "./policy_types";
import { policyTitle } from "./policy_words";

type Schemas = components["schemas"];
const ALL = ["policies"];
const CHANGES_PAGE = 50;
const MAX_AGENTS = 200; // offered while one types
const CHECK_PAUSE_MS = 400;

export function usePolicies() {
  return useQuery({
    queryKey: [...ALL, "set"],
    queryFn: async ({ signal }) => (await get<Schemas["PolicyList"]>("/policies", signal)).items,
    refetchOnWindowFocus: "always",
  });
}

/** What each type looks like; it changes only with the server. */
export function usePolicyForms() {
  return useQuery({
    queryKey: ["policy-types"],
    queryFn: async ({ signal }): Promise<PolicyForm[]> => (await get<Schemas["PolicyTypes"]>("/policy-types", signal)).items,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Agents that have sessions, the busiest first. */
export function useAgentNames(): string[] {
  const found = useQuery({
    queryKey: ["facets", "agent", ""],
    queryFn: ({ signal }) => get<Facets>(`/sessions/facets?field=agent&limit=${MAX_AGENTS}`, signal),
  });
  return (found.data?.items ?? []).map((one) => one.value).filter(Boolean);
}

export function useChanges(agent: string | undefined, policy: string | undefined) {
  return useInfiniteQuery({
    queryKey: [...ALL, "changes", agent ?? "", policy ?? ""],
    queryFn: ({ pageParam, signal }) => {
      const query = new URLSearchParams({ limit: String(CHANGES_PAGE) });
      if (agent) query.set("agent_id", agent);
      if (policy) query.set("policy_id", policy);
      if (pageParam) query.set("cursor", pageParam);
      return get<{ items: PolicyChange[]; next_cursor: string | null }>(`/policy-changes?${query}`, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: "always",
  });
}

/** What the server says of a policy that is not sent yet; null while it is not asked, "" if nothing is wrong. */
export function useFault(body: PolicyBody | null): string | null {
  const asked = useSettled(body ? JSON.stringify(body) : "");
  const check = useQuery({
    queryKey: ["policy-checks", asked],
    queryFn: async ({ signal }) => {
      const answer = await send<Schemas["PolicyCheck"]>("POST", "/policy-checks", JSON.parse(asked));
      signal.throwIfAborted();
      return answer.fault ?? "";
    },
    enabled: asked !== "",
    retry: false,
    gcTime: 0,
  });
  return check.data !== undefined && asked === (body ? JSON.stringify(body) : "") ? check.data : null;
}

/** The value once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const pause = setTimeout(() => setSettled(value), CHECK_PAUSE_MS);
    return () => clearTimeout(pause);
  }, [value]);
  return settled;
}

export function useSave() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, part }: { id: string | null; part: PolicyBody | Partial<PolicyBody> }) =>
      send<Policy>(id ? "PATCH" : "POST", id ? `/policies/${id}` : "/policies", part),
    onSuccess: (policy, { id }) => {
      stale(queries);
      toast(id ? "Saved" : "In force now", { tone: "ok", detail: policyTitle(policy) });
    },
  });
}

/** Switching on and off undo each other. */
export function useSwitch() {
  const queries = useQueryClient();
  const turn = async (policy: Policy, enabled: boolean) => {
    keep(queries, { ...policy, enabled });
    try {
      keep(queries, await send<Policy>("PATCH", `/policies/${policy.id}`, { enabled }));
    } finally {
      stale(queries);
    }
  };
  return useMutation({
    mutationFn: (policy: Policy) => turn(policy, !policy.enabled),
    onSuccess: (_, policy) => void toast(policy.enabled ? "Switched off" : "Switched on", {
      detail: policyTitle(policy), undo: () => turn(policy, policy.enabled),
    }),
    onError: (error) => toastError(error, "It was not switched"),
  });
}

/** What it has said stays; it cannot be taken back. */
export function useDelete() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (policy: Policy) => send<undefined>("DELETE", `/policies/${policy.id}`),
    onSuccess: (_, policy) => {
      stale(queries);
      toast("Deleted", { detail: policyTitle(policy) });
    },
    onError: (error) => toastError(error, "It was not deleted"),
  });
}

export function useApply() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (batch: Batch) => applied(queries, batch),
  });
}

export async function applied(queries: QueryClient, batch: Batch): Promise<Policy[]> {
  try {
    return (await send<Schemas["PolicyList"]>("POST", "/policy-batches", batch)).items;
  } finally {
    stale(queries);
  }
}

export interface ReplayAsked { policies: (PolicyBody & { id?: string })[]; session: string; agent_id: string; limit: number }

export function useReplay() {
  return useMutation({ mutationFn: (asked: ReplayAsked) => send<Replay>("POST", "/policy-replays", asked) });
}

function keep(queries: QueryClient, policy: Policy): void {
  queries.setQueryData<Policy[]>([...ALL, "set"], (before) => before?.map((one) => (one.id === policy.id ? policy : one)));
}

function stale(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: ALL });
}
