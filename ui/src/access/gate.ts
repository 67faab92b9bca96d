// What stands at an address for this person: the page, or why not.

import { ALERTS, type Needs, type Place, PLACES, SETTINGS } from "../shell/navigation";
import { ALL } from "../api/workspace";
import { type Grant, type Me, mayIn } from "./me";
import type { Permission } from "./permissions";

const OPENS: readonly Permission[] = ["sessions.page"];
const READS: readonly Permission[] = ["sessions.read"];
export type Verdict =
  | { kind: "open" }
  | { kind: "no-page" | "no-reading"; place: Needs; needs: readonly Permission[] }
  | { kind: "one-only"; place: Needs; choices: Grant[] };

export function mayOpen(me: Me, workspace: string, place: Needs): boolean {
  return (place.opens ?? OPENS).some((permission) => mayIn(me, workspace, permission));
}

export function placesOf(me: Me, workspace: string): Place[] {
  return PLACES.filter((place) => mayOpen(me, workspace, place));
}

export function placeAt(pathname: string): Place | typeof SETTINGS | typeof ALERTS | undefined {
  return [ALERTS, SETTINGS, ...PLACES].find((place) => pathname === place.to || pathname.startsWith(`${place.to}/`));
}

export function verdictOf(me: Me, workspace: string, pathname: string): Verdict {
  const at = placeAt(pathname.length > 1 ? pathname.replace(/\/$/, "") : pathname);
  if (!at) return { kind: "open" };
  const place: Needs = at;
  if (!mayOpen(me, workspace, place)) return { kind: "no-page", place, needs: place.opens ?? OPENS };
  const reads = place.reads ?? READS;
  for (const needs of reads.length ? [READS, reads] : []) {
    if (!needs.some((permission) => mayIn(me, workspace, permission))) return { kind: "no-reading", place, needs };
  }
  if (workspace === ALL && !(place.spans && pathname.replace(/\/$/, "") === at.to)) {
    return { kind: "one-only", place, choices: me.workspaces.filter((grant) => mayOpen(me, grant.id, place)) };
  }
  return { kind: "open" };
}
