import { QueryClientProvider } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useEffect, useLayoutEffect, useRef } from "react";
import { follow } from "../api/live";
import { distrust, queriesOf } from "../api/query_clients";
import { askAbout } from "../api/workspace";
import { ErrorState } from "../app/States";
import { Shell } from "../shell/Shell";
import { AccessProvider } from "./AccessContext";
import { LoginPage } from "./LoginPage";
import { askAgainWhoIAm, askedOf, homeOf, isEnterable, type Me, mayIn, useMe } from "./me";
import { NoWorkspace, UnknownWorkspace } from "./Refusals";
import { WhoMenu } from "./WhoMenu";
import "./access.css";

/** Who asks is found out before anything else; whoever must log in does so at the address that they wanted. */
export function Entrance() {
  const me = useMe();
  if (me.isPending) return <div className="entrance" role="status" aria-label="Loading" />;
  if (!me.data) return <main className="entrance"><ErrorState error={me.error ?? new Error("The server does not answer.")} retry={() => void askAgainWhoIAm()} /></main>;
  if (!me.data.person) return <LoginPage />;
  return <Inside me={me.data} />;
}

function Inside({ me }: { me: Me }) {
  const wanted = useSearch({ from: "__root__" }).workspace;
  const home = homeOf(me);
  const shown = wanted ?? home;
  if (!home) return <Bare me={me}><NoWorkspace me={me} /></Bare>;
  if (!isEnterable(me, shown)) return <Bare me={me}><UnknownWorkspace me={me} workspace={shown} /></Bare>;
  return <InWorkspace me={me} workspace={shown} home={home} />;
}

function InWorkspace({ me, workspace, home }: { me: Me; workspace: string; home: string }) {
  const mayRead = mayIn(me, workspace, "sessions.read");
  const before = useRef(me);
  // Before any query of what is drawn now is asked: those are effects, which come after this.
  useLayoutEffect(() => {
    askAbout(askedOf(me, workspace));
    distrust(workspace);
  }, [me, workspace]);
  useEffect(() => {
    if (before.current !== me) void queriesOf(workspace).invalidateQueries(); // what may be seen has changed
    before.current = me;
  }, [me, workspace]);
  useLayoutEffect(() => { // so too: what happens between a reading and the stream's beginning would be told by neither
    follow(mayRead ? workspace : null);
    return () => follow(null);
  }, [me, workspace, mayRead]);
  return (
    <AccessProvider me={me} workspace={workspace} home={home}>
      <QueryClientProvider client={queriesOf(workspace)}><Shell /></QueryClientProvider>
    </AccessProvider>
  );
}

function Bare({ me, children }: { me: Me; children: React.ReactNode }) {
  return (
    <div className="shell">
      <header className="topbar"><span className="brand"><img src="/favicon.svg" alt="" width="20" height="20" />Sojourn</span><span className="grow" /><WhoMenu me={me} /></header>
      <main id="main">{children}</main>
    </div>
  );
}
