import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { sessionRoute } from "../app/router";
import { changed, type SessionSearch } from "./session_search";

export type SearchChange = (part: { [Name in keyof SessionSearch]?: SessionSearch[Name] | null }, isStep?: boolean) => void;

/** Changes the view state; a step can be gone back from with the browser. */
export function useSearchChange(): SearchChange {
  const navigate = useNavigate({ from: sessionRoute.fullPath });
  return useCallback((part, isStep = false) => {
    void navigate({ search: (before: SessionSearch) => changed(before, part), replace: !isStep });
  }, [navigate]);
}
