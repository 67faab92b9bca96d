import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { ApiError } from "../api/client";
import { Confirm } from "../shell/Confirm";
import { toast, toastError } from "../shell/toasts";
import { batchOf, countChanges, forget, inverseOf, keepChange, keepNew, keepRemoval, type PolicyDraft, replaySet, rowsOf, titlesOf, UNCHANGED } from "./policy_draft";
import { PolicyEditor } from "./PolicyEditor";
import { DEFAULT_LIMIT, LIMITS, NEW, type Part, type PolicySearch } from "./policy_search";
import type { Policy, PolicyBody, PolicyForm } from "./policy_types";
import { policyTitle } from "./policy_words";
import { applied, useApply, useReplay } from "./queries";
import { ReplayResults } from "./ReplayResults";
import { ReplaySet } from "./ReplaySet";

interface Props {
  policies: readonly Policy[]; forms: readonly PolicyForm[]; agents: readonly string[]; search: PolicySearch; change: (part: Part) => void;
  now: number; mayApply: boolean; draft: PolicyDraft; setDraft: (draft: PolicyDraft) => void; tellDirty: (isDirty: boolean) => void;
}

/** Tries a changed set of policies on the decisions of the past, before it holds. */
export function ReplayTab({ policies, forms, agents, search, change, now, mayApply, draft, setDraft, tellDirty }: Props) {
  const rows = useMemo(() => rowsOf(policies, draft), [policies, draft]);
  const replay = useReplay();
  const asked = useMemo(() => ({ policies: replaySet(rows), session: search.session ?? "", agent_id: search.agent ?? "", limit: search.limit ?? DEFAULT_LIMIT }), [rows, search.session, search.agent, search.limit]);
  const key = JSON.stringify(asked);
  const [answered, setAnswered] = useState<{ key: string; title: (id: string) => string } | null>(null);
  const run = () => {
    const title = titlesOf(rows, policyTitle);
    replay.mutate(asked, { onSuccess: () => setAnswered({ key, title }) });
  };
  const shown = rows.find((row) => row.id === search.policy);
  const close = () => change({ policy: undefined });
  const keep = (body: PolicyBody) => {
    setDraft(shown ? keepChange(draft, shown.id, body) : keepNew(draft, body));
    tellDirty(false);
    close();
  };
  const isEditing = search.policy === NEW || shown !== undefined;
  return (
    <div className="replay">
      <section className="replay-left" aria-label="What to try">
        <Scope search={search} change={change} agents={agents} />
        <ReplaySet rows={rows} shownId={search.policy} open={(id) => change({ policy: id })}
          turn={(row) => setDraft(keepChange(draft, row.id, { ...row.body, enabled: !row.body.enabled }))}
          remove={(id) => setDraft(keepRemoval(draft, id))} undo={(id) => setDraft(forget(draft, id))} />
        {rows.length === 0 && <p className="about">There is no policy yet. Add one to see what it would have decided.</p>}
        <button type="button" className="button subtle add" onClick={() => change({ policy: NEW })}>+ Add a policy to the replay</button>
        <footer className="replay-foot">
          <button type="button" className="button main" disabled={replay.isPending} onClick={run} data-testid="run-replay">{replay.isPending ? "Replaying…" : "Replay"}</button>
          <Apply mayApply={mayApply} rows={rows} applied={() => setDraft(UNCHANGED)} discard={() => setDraft(UNCHANGED)} />
        </footer>
      </section>
      <section className="replay-right" aria-label={isEditing ? "Policy in the replay" : "Difference"}>
        {isEditing ? (
          <article className="side-panel" aria-label={shown ? policyTitle(shown.body) : "New policy"} data-testid="policy-panel">
            <header><h2>{shown ? policyTitle(shown.body) : "New policy"}</h2><button type="button" className="icon-button" onClick={close} aria-label="Close">✕</button></header>
            <p className="about">Only in the replay, until the changes are applied.</p>
            <PolicyEditor key={search.policy} forms={forms} agents={agents} policy={shown?.body ?? null} yes="Keep for the replay" isBusy={false} tellDirty={tellDirty} save={keep} />
          </article>
        ) : replay.isError ? <Refused error={replay.error} retry={run} />
          : replay.data && answered ? (
            <>
              {answered.key !== key && <p className="note" role="status">The set or the scope has changed since. <button type="button" className="link" onClick={run}>Replay again</button></p>}
              <ReplayResults now={now} replay={replay.data} titleOf={answered.title} isStale={answered.key !== key} isOnlyDiffering={search.differing ?? false} showOnlyDiffering={(isOnly) => change({ differing: isOnly || undefined })} />
            </>
          ) : (
            <div className="state">
              <h2>What would have happened?</h2>
              <p>Change, switch off, delete or add policies on the left; nothing holds yet. The replay judges stored decisions by the policies in force and by the changed ones, and shows where they part.</p>
            </div>
          )}
      </section>
    </div>
  );
}

function Refused({ error, retry }: { error: Error; retry: () => void }) {
  return (
    <div className="state" role="alert">
      <h2>It could not be replayed</h2>
      <p>{error.message}</p>
      {!(error instanceof ApiError && error.status < 500) && <button type="button" className="button" onClick={retry}>Try again</button>}
    </div>
  );
}

function Scope({ search, change, agents }: { search: PolicySearch; change: (part: Part) => void; agents: readonly string[] }) {
  const [typed, setTyped] = useState(search.session ?? "");
  useEffect(() => setTyped(search.session ?? ""), [search.session]);
  const tell = () => change({ session: typed.trim() || undefined });
  return (
    <div className="replay-scope" role="group" aria-label="Which decisions">
      <label>Session<input type="text" value={typed} placeholder="all; key or id" spellCheck={false} onChange={(event) => setTyped(event.target.value)} onBlur={tell} onKeyDown={(event) => { if (event.key === "Enter") tell(); }} /></label>
      <label>Agent
        <select value={search.agent ?? ""} onChange={(event) => change({ agent: event.target.value || undefined })}>
          <option value="">all</option>
          {(search.agent && !agents.includes(search.agent) ? [search.agent, ...agents] : agents).map((agent) => <option key={agent} value={agent}>{agent}</option>)}
        </select>
      </label>
      <label>Latest
        <select value={search.limit ?? DEFAULT_LIMIT} onChange={(event) => change({ limit: Number(event.target.value) === DEFAULT_LIMIT ? undefined : Number(event.target.value) })}>
          {LIMITS.map((limit) => <option key={limit} value={limit}>{limit.toLocaleString("en-US")} decisions</option>)}
        </select>
      </label>
    </div>
  );
}

function Apply({ mayApply, rows, applied: done, discard }: { mayApply: boolean; rows: ReturnType<typeof rowsOf>; applied: () => void; discard: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const queries = useQueryClient();
  const apply = useApply();
  const changes = countChanges(rows);
  if (changes === 0) return <span className="about">Nothing is changed.</span>;
  const words = `${changes} change${changes === 1 ? "" : "s"}`;
  const send = () => apply.mutate(batchOf(rows), {
    onSuccess: (answered) => {
      const back = inverseOf(rows, answered);
      done();
      toast(`Applied ${words}`, { tone: "ok", detail: "They hold from now on, for running sessions too.", undo: async () => { await applied(queries, back); } });
    },
    onError: (error) => toastError(error, "Nothing was changed"),
    onSettled: () => setAsking(false),
  });
  return (
    <>
      <button type="button" className="button" disabled={!mayApply} title={mayApply ? undefined : "It takes the permission admin"} onClick={() => setAsking(true)}>Apply {changes === 1 ? "this change" : `these ${changes} changes`}…</button>
      <button type="button" className="button subtle" onClick={discard}>Discard {changes === 1 ? "it" : "them"}</button>
      {isAsking && (
        <Confirm title={`Apply ${words}?`} words="All of them hold from now on, for sessions that are running too. A changed policy may fire again where it has fired." yes="Apply" isBusy={apply.isPending} close={() => setAsking(false)} confirm={send}>
          <ul className="batch">{rows.filter((row) => row.state !== "same").map((row) => <li key={row.id}><span className="state-tag">{{ added: "new", changed: "changed", removed: "deleted", same: "" }[row.state]}</span> {policyTitle(row.body)}</li>)}</ul>
        </Confirm>
      )}
    </>
  );
}
