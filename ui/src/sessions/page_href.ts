// The address of a session's page, for links that the router does not make.

import { sessionPath } from "../api/client";
import { withWorkspace } from "../api/workspace";

export function pageHref(session: { key: string; workspace_id: string }): string {
  return withWorkspace(sessionPath(session.key), session.workspace_id);
}
