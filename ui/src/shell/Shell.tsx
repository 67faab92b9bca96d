import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useLiveState } from "../api/live";
import { count } from "../format";
import { useOpenTasks } from "../tasks/open_tasks";
import { AwayBanner } from "./AwayBanner";
import { badge, goKeys, PLACES } from "./navigation";
import { isForApp } from "./shortcuts";
import { ShortcutSheet } from "./ShortcutSheet";
import { ThemeMenu } from "./ThemeMenu";

export function Shell() {
  const [isSheetOpen, setSheetOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  useKeys(() => setSheetOpen(true));
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>Skip to the content</a>
      <header className="topbar">
        <Link to="/sessions" className="brand"><img src="/favicon.svg" alt="" width="20" height="20" />Sojourn</Link>
        <Navigation />
        <span className="grow" />
        <LiveBadge />
        <a href="/openapi.json" className="quiet">API</a>
        <button type="button" className="icon-button" onClick={() => setSheetOpen(true)} aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)"><kbd>?</kbd></button>
        <ThemeMenu />
      </header>
      <AwayBanner />
      <main id="main" ref={main} tabIndex={-1}><Outlet /></main>
      <ShortcutSheet isOpen={isSheetOpen} change={setSheetOpen} />
    </div>
  );
}

function Navigation() {
  const open = useOpenTasks();
  return (
    <nav aria-label="Main">
      {PLACES.map((place) => (
        <Link key={place.to} to={place.to} activeProps={{ "aria-current": "page" }}>
          {place.title}
          {place.to === "/tasks" && open > 0 && (
            <span className="badge" data-testid="open-tasks" title={`${count(open)} open`}>
              {badge(open)}<span className="visually-hidden"> open</span>
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
}

function useKeys(openSheet: () => void): void {
  const navigate = useNavigate();
  const heard = useRef(goKeys());
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!isForApp(event)) return;
      if (event.key === "?") openSheet();
      const place = heard.current(event.key, event.timeStamp);
      if (place) void navigate({ to: place.to });
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [navigate, openSheet]);
}

function LiveBadge() {
  const state = useLiveState();
  const words = { live: "Live", connecting: "Connecting…", offline: "Not live" }[state];
  return <span className={`live live-${state}`} role="status" data-testid="live-state"><i aria-hidden="true" />{words}</span>;
}
