// What roles are for, and what is odd about a choice of permissions.

import { needsReading, type Permission } from "../permissions";

export const BUILT_IN: Record<string, string> = {
  viewer: "Reads and exports everything",
  operator: "Also pauses, cancels, resets, archives, and answers tasks",
  reviewer: "Also completes reviews, and hands sessions to humans",
  admin: "May do everything, deleting and deciding who comes in included",
  sender: "Sends telemetry and reads nothing: for exporters",
  agent: "Sends, is steered, and reads its memory back: for agents that use the SDK",
};

/** Permissions that are worth nothing as long as reading is not chosen with them. */
export function idle(chosen: ReadonlySet<Permission>): Permission[] {
  return chosen.has("sessions.read") ? [] : [...chosen].filter(needsReading);
}

export function toggled<One>(chosen: ReadonlySet<One>, one: One): Set<One> {
  const next = new Set(chosen);
  if (!next.delete(one)) next.add(one);
  return next;
}
