import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useAccess } from "../access/AccessContext";
import { Gate } from "../access/Gate";
import { mayOpen, placesOf } from "../access/gate";
import { WhoMenu } from "../access/WhoMenu";
import { WorkspaceMenu } from "../access/WorkspaceMenu";
import { useLiveState } from "../api/live";
import { ALL } from "../api/workspace";
import { Icon } from "../components/Icon";
import { count } from "../format";
import { useOpenTasks } from "../tasks/open_tasks";
import { AwayBanner } from "./AwayBanner";
import { badge, goKeys, SETTINGS } from "./navigation";
import { isForApp } from "./shortcuts";
import { ShortcutSheet } from "./ShortcutSheet";
import { ThemeMenu } from "./ThemeMenu";

export function Shell() {
  const [isSheetOpen, setSheetOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const { me, workspace } = useAccess();
  useKeys(() => setSheetOpen(true));
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>Skip to the content</a>
      <header className="topbar">
        <Link to="/" className="brand"><img src="/favicon.svg" alt="" width="20" height="20" />Sojourn</Link>
        <WorkspaceMenu />
        <Navigation />
        <span className="grow" />
        <LiveBadge />
        <a href="/openapi.json" className="quiet">API</a>
        <button type="button" className="icon-button" onClick={() => setSheetOpen(true)} aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)"><kbd>?</kbd></button>
        {mayOpen(me, workspace, SETTINGS) && <Link to="/settings" className="icon-button" activeProps={{ "aria-current": "page" }} aria-label="Settings" title="Settings" data-testid="settings"><Icon name="sliders" size={16} /></Link>}
        <ThemeMenu />
        <WhoMenu me={me} />
      </header>
      <AwayBanner key={workspace} />
      <main id="main" ref={main} tabIndex={-1}><Gate /></main>
      <ShortcutSheet isOpen={isSheetOpen} change={setSheetOpen} />
    </div>
  );
}

function Navigation() {
  const { me, workspace } = useAccess();
  const here = useRouterState({ select: (state) => state.location.pathname });
  const bar = useRef<HTMLElement>(null);
  useEffect(() => { bar.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }); }, [here]);
  return (
    <nav aria-label="Main" ref={bar}>
      {placesOf(me, workspace).map((place) => (
        <Link key={place.to} to={place.to} activeProps={{ "aria-current": "page" }}>
          {place.title}
          {place.to === "/tasks" && workspace !== ALL && <OpenTasks key={workspace} />}
        </Link>
      ))}
    </nav>
  );
}

function OpenTasks() {
  const open = useOpenTasks();
  if (open === 0) return null;
  return (
    <span className="badge" data-testid="open-tasks" title={`${count(open)} open`}>
      {badge(open)}<span className="visually-hidden"> open</span>
    </span>
  );
}

function useKeys(openSheet: () => void): void {
  const navigate = useNavigate();
  const { me, workspace } = useAccess();
  const heard = useRef(goKeys());
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!isForApp(event)) return;
      if (event.key === "?") openSheet();
      const place = heard.current(event.key, event.timeStamp);
      if (!place || !mayOpen(me, workspace, place)) return;
      event.preventDefault(); // "g e" is no "e" of the page
      void navigate({ to: place.to });
    };
    addEventListener("keydown", press, true); // before the page's own keys
    return () => removeEventListener("keydown", press, true);
  }, [navigate, openSheet, me, workspace]);
}

function LiveBadge() {
  const state = useLiveState();
  if (state === "off") return null;
  const words = { live: "Live", connecting: "Connecting…", offline: "Not live" }[state];
  return <span className={`live live-${state}`} role="status" data-testid="live-state"><i aria-hidden="true" />{words}</span>;
}
