// Nothing is under way in a session that is over, whatever its last event of a call says.

import { createContext, useContext } from "react";

export const NO_RESULT = "no result";
const OVER = new Set(["completed", "failed", "canceled", "abandoned"]);
/** The status of the session whose calls are drawn here; "" outside of one. */
export const SessionStatus = createContext("");

export function settledStatus(status: string, sessionStatus: string): string {
  return status === "pending" && OVER.has(sessionStatus) ? NO_RESULT : status;
}

export function useSettled(status: string): string {
  return settledStatus(status, useContext(SessionStatus));
}
