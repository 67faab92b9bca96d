import { Link } from "@tanstack/react-router";
import { ApiError } from "../api/client";

export function isMissing(error: Error | null): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** An address that leads nowhere: trying again would not help. */
export function MissingSession({ sessionKey }: { sessionKey: string }) {
  return (
    <div className="state" data-testid="no-session">
      <h1>No such session</h1>
      <p>No session here has the key <code>{sessionKey}</code>. It may have been deleted, belong to another workspace, or not have arrived yet.</p>
      <Link to="/sessions" className="button">Go to the sessions</Link>
    </div>
  );
}
