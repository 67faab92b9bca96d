import { Link } from "@tanstack/react-router";

/** The two sides of signals: what fired, and who is told. */
export function SignalPlaces() {
  return (
    <nav className="segments places" aria-label="Signals">
      <Link to="/signals" activeOptions={{ exact: true, includeSearch: false }} activeProps={{ "aria-current": "page" }}>Feed</Link>
      <Link to="/signals/alerts" activeProps={{ "aria-current": "page" }}>Alerts</Link>
    </nav>
  );
}
