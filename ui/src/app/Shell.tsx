import { Link, Outlet } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useLiveState } from "../api/live";
import { toggleTheme } from "./theme";

export function Shell() {
  return (
    <div className="shell">
      <header className="topbar">
        <Link to="/sessions" className="brand"><img src="/favicon.svg" alt="" width="20" height="20" />Sojourn</Link>
        <nav aria-label="Main"><Link to="/sessions" activeProps={{ "aria-current": "page" }}>Sessions</Link></nav>
        <span className="grow" />
        <LiveBadge />
        <a href="/openapi.json" className="quiet">API</a>
        <button type="button" className="icon-button" onClick={toggleTheme} aria-label="Switch between light and dark">◐</button>
      </header>
      <Offline />
      <main><Outlet /></main>
    </div>
  );
}

function LiveBadge() {
  const state = useLiveState();
  const words = { live: "Live", connecting: "Connecting…", offline: "Not live" }[state];
  return <span className={`live live-${state}`} role="status" data-testid="live-state"><i aria-hidden="true" />{words}</span>;
}

function Offline() {
  const [isOffline, setOffline] = useState(!navigator.onLine);
  useEffect(() => {
    const look = () => setOffline(!navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return isOffline ? <p className="banner" role="alert">You are offline. What you see may be old.</p> : null;
}

export function NotFound() {
  return (
    <div className="state">
      <h1>There is nothing here</h1>
      <p>The address may have been mistyped.</p>
      <Link to="/sessions" className="button">Go to the sessions</Link>
    </div>
  );
}
