import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { useAccess } from "../access/AccessContext";
import { placesOf } from "../access/gate";
import { useTitle } from "./title";

export function NotFound() {
  const { me, workspace } = useAccess();
  useTitle("Not found");
  return (
    <div className="state" data-testid="not-found">
      <h1>There is nothing here</h1>
      <p>No page has the address <code>{location.pathname}</code>. It may have been mistyped or cut off.</p>
      <p className="ways">{placesOf(me, workspace).map((place) => <Link key={place.to} to={place.to} className="button">{place.title}</Link>)}</p>
    </div>
  );
}

/** A page that could not even be drawn, or whose code is gone since the server was renewed. */
export function PageFault({ error }: ErrorComponentProps) {
  return (
    <div className="state" role="alert">
      <h1>This page could not be shown</h1>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <p>If Sojourn was just updated, loading it again helps.</p>
      <button type="button" className="button" onClick={() => location.reload()}>Load again</button>
    </div>
  );
}
