// Named views of the list, a person's own and those shared with everybody.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useWorkspace } from "../access/AccessContext";
import { get, send } from "./client";
import type { components } from "./schema";

export type SavedView = components["schemas"]["SavedView"];
type SavedViewList = components["schemas"]["SavedViewList"];
export type ViewPart = Partial<Pick<SavedView, "name" | "is_shared" | "query">>;
const KEY = ["saved-views"];

export function useSavedViews() {
  return useQuery({ queryKey: KEY, queryFn: ({ signal }) => get<SavedViewList>("/saved-views", signal) });
}

export function useSaveView() {
  const workspace = useWorkspace(); // a deletion may be undone from another one
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, part }: { id: string | null; part: ViewPart }) =>
      send<SavedView>(id ? "PATCH" : "POST", id ? `/saved-views/${id}` : "/saved-views", part, workspace),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

export function useDropView() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => send<undefined>("DELETE", `/saved-views/${id}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}
