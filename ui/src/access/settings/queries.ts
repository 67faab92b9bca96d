// What an admin reads and decides. Whatever was decided is read again at once.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, send } from "../../api/client";
import type { components } from "../../api/schema";
import { askAgainWhoIAm } from "../me";
import type { Permission } from "../permissions";

type Schemas = components["schemas"];
export type Member = Schemas["Member"];
export type Role = Schemas["Role"];
export type ApiKey = Schemas["ApiKey"];
export type MadeApiKey = Schemas["MadeApiKey"];
export type NewMember = Pick<Schemas["NewMember"], "email" | "roles"> & Partial<Schemas["NewMember"]>;
export interface NewKey { name: string; roles: string[]; expires_at: string | null }

export function useMembers() {
  return useQuery({ queryKey: ["members"], queryFn: async ({ signal }) => (await get<Schemas["MemberList"]>("/members", signal)).items });
}

export function useRoles() {
  return useQuery({ queryKey: ["roles"], queryFn: ({ signal }) => get<Schemas["RoleList"]>("/roles", signal) });
}

export function useKeys() {
  return useQuery({
    queryKey: ["api-keys"], refetchOnWindowFocus: "always", // when a key was last used changes without anybody deciding it
    queryFn: async ({ signal }) => (await get<Schemas["ApiKeyList"]>("/api-keys", signal)).items,
  });
}

export const useAddMember = () => useDecision((member: NewMember) => send<Member>("POST", "/members", member));
export const useChangeMember = () => useDecision(({ id, roles }: { id: string; roles: string[] }) => send<Member>("PATCH", `/members/${id}`, { roles }));
export const useRemoveMember = () => useDecision((id: string) => send<undefined>("DELETE", `/members/${id}`));
export const usePutRole = () => useDecision(({ name, permissions }: { name: string; permissions: Permission[] }) =>
  send<Role>("PUT", `/roles/${encodeURIComponent(name)}`, { permissions }));
export const useRemoveRole = () => useDecision((name: string) => send<undefined>("DELETE", `/roles/${encodeURIComponent(name)}`));
export const useAddKey = () => useDecision((key: NewKey) => send<MadeApiKey>("POST", "/api-keys", key));
export const useRevokeKey = () => useDecision((id: string) => send<ApiKey>("DELETE", `/api-keys/${id}`));
export const useAddWorkspace = () => useDecision((workspace: { id: string; name: string }) => send<Schemas["Workspace"]>("POST", "/workspaces", workspace));

/** It may be about myself, so who I am is asked again, too. */
function useDecision<Given, Answer>(decide: (given: Given) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: decide,
    onSuccess: async () => {
      await Promise.all([
        ...["members", "roles", "api-keys"].map((name) => queries.invalidateQueries({ queryKey: [name] })), askAgainWhoIAm(),
      ]);
    },
  });
}
