import { Link } from "@tanstack/react-router";
import { useMay } from "../access/AccessContext";

/** The two sides of signals: what fired, and who is told. */
export function SignalPlaces() {
  const mayTell = useMay("admin");
  return (
    <nav className="segments places" aria-label="Signals">
      <Link to="/signals" activeOptions={{ exact: true, includeSearch: false }} activeProps={{ "aria-current": "page" }}>Feed</Link>
      {mayTell && <Link to="/signals/alerts" activeProps={{ "aria-current": "page" }}>Alerts</Link>}
    </nav>
  );
}
