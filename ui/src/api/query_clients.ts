// What the server said is kept for each workspace by itself; who we are, above all of them.

import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./client";

/** Holds who we are, and nothing of any workspace. */
export const aboveAll = made();
const ofWorkspaces = new Map<string, QueryClient>();

export function queriesOf(workspace: string): QueryClient {
  const known = ofWorkspaces.get(workspace);
  if (known) return known;
  const fresh = made();
  ofWorkspaces.set(workspace, fresh);
  return fresh;
}

/** Nobody told what happened there while another workspace was shown: it is read again, and shown until then. */
export function distrust(workspace: string): void {
  void ofWorkspaces.get(workspace)?.invalidateQueries({ refetchType: "none" });
}

/** Somebody else sees nothing of what this person has read. */
export function forgetAll(): void {
  for (const queries of ofWorkspaces.values()) queries.clear();
  ofWorkspaces.clear();
}

function made(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status < 500),
      },
    },
  });
}
