import { Navigate, Outlet, useMatches } from "@tanstack/react-router";
import { useAccess } from "./AccessContext";
import { placesOf, verdictOf } from "./gate";
import { Nowhere, Refusal } from "./Refusals";

/** The page, if this person may open it and see something there. What is refused asks the server for nothing. */
export function Gate() {
  const { me, workspace } = useAccess();
  const pathname = useMatches({ select: (matches) => matches.at(-1)?.pathname ?? "/" });
  const verdict = verdictOf(me, workspace, pathname);
  return verdict.kind === "open" ? <Outlet key={workspace} /> : <Refusal verdict={verdict} />;
}

/** The address without a page leads to the first that this person may open. */
export function Home() {
  const { me, workspace } = useAccess();
  const [first] = placesOf(me, workspace);
  return first ? <Navigate to={first.to} replace /> : <Nowhere />;
}
