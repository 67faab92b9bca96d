import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTitle } from "../shell/title";
import type { Needs } from "../shell/navigation";
import { ALL } from "../api/workspace";
import { useAccess } from "./AccessContext";
import type { Verdict } from "./gate";
import { askAgainWhoIAm, type Me, nameOf, useMe } from "./me";
import { Missing } from "./Missing";

const LOOK_AGAIN_MS = 10_000; // a grant holds at once; whoever waits for it here need not load the page again

/** In place of a page that this person may not open, or that has nothing to show them. */
export function Refusal({ verdict }: { verdict: Exclude<Verdict, { kind: "open" }> }) {
  const { me, workspace } = useAccess();
  useTitle(verdict.place.title);
  if (verdict.kind === "one-only") return <OneOnly place={verdict.place} choices={verdict.choices} />;
  const isReading = verdict.kind === "no-reading";
  return (
    <State title={isReading ? verdict.place.title : "You may not open this page"} testId={verdict.kind}>
      <p>{isReading ? `You may open this page, but not read ${verdict.needs.includes("sessions.read") ? "sessions" : "what called sessions did"}` : `You may not open ${verdict.place.title}`} in <b>{nameOf(me, workspace)}</b>.</p>
      <Missing needs={verdict.needs} where={workspace === ALL ? "a workspace" : nameOf(me, workspace)} />
      <LookAgain />
    </State>
  );
}

function OneOnly({ place, choices }: { place: Needs; choices: Me["workspaces"] }) {
  return (
    <State title={place.title} testId="one-only">
      <p>This page is about one workspace at a time. Which one?</p>
      <p className="ways">{choices.map((grant) => (
        <Link key={grant.id} to="." search={{ workspace: grant.id }} className="button">{grant.name || grant.id}</Link>
      ))}</p>
    </State>
  );
}

/** Somebody who may come in, but nowhere. */
export function Nowhere() {
  useTitle("Nothing to see yet");
  return (
    <State title="There is nothing here for you yet" testId="nowhere">
      <p>None of your roles opens a page. An admin of the workspace can give you one that does, such as <code>viewer</code>.</p>
      <LookAgain />
    </State>
  );
}

export function NoWorkspace({ me }: { me: Me }) {
  useTitle("No workspace");
  return (
    <State title="You are in no workspace" testId="no-workspace">
      <p>You have logged in as <b>{me.person?.name}</b>, but no workspace has you as a member. Its admin can add you.</p>
      <LookAgain />
    </State>
  );
}

export function UnknownWorkspace({ me, workspace }: { me: Me; workspace: string }) {
  useTitle("Unknown workspace");
  return (
    <State title="You may not enter this workspace" testId="unknown-workspace">
      <p>There is no workspace <code>{workspace}</code> that you are a member of.</p>
      <p className="ways">{me.workspaces.map((grant) => (
        <Link key={grant.id} to="." search={{ workspace: grant.id }} className="button">{grant.name || grant.id}</Link>
      ))}</p>
      <LookAgain />
    </State>
  );
}

function LookAgain() {
  useMe(LOOK_AGAIN_MS);
  return <button type="button" className="button" onClick={() => void askAgainWhoIAm()}>Look again</button>;
}

function State({ title, testId, children }: { title: string; testId: string; children: ReactNode }) {
  return <div className="state" data-testid={testId}><h1>{title}</h1>{children}</div>;
}
