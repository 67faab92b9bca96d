// A tab that was opened stays in the page; while it is hidden it asks for nothing.

import { createContext, useContext } from "react";

export const TabShown = createContext(true);

export function useIsShown(): boolean {
  return useContext(TabShown);
}
