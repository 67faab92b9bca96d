import { useState } from "react";
import { ErrorState, Skeleton } from "../app/States";
import { ago, exact } from "../format";
import { Facts } from "../forms/Facts";
import { changeTitle, stateWords } from "./change_words";
import type { PolicyChange } from "./policy_types";
import { CHANGE_WORDS, changedWords, typeTitle } from "./policy_words";
import { useChanges } from "./queries";

const TONES = { created: "ok", updated: "run", deleted: "bad" } as const;

interface Props { agent: string | undefined; policy: string | undefined; now: number; showAll: () => void }

/** The audit: who changed what, when, and how it was before. */
export function History({ agent, policy, now, showAll }: Props) {
  const changes = useChanges(agent, policy);
  const [openPlace, setOpenPlace] = useState<string | null>(null);
  if (changes.isPending) return <Skeleton rows={8} />;
  if (changes.isLoadingError) return <ErrorState error={changes.error} retry={() => void changes.refetch()} />;
  const list = changes.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.length === 0) {
    return (
      <div className="state" data-testid="empty-history">
        <h2>{policy || agent ? "No change of this" : "Nothing has changed yet"}</h2>
        <p>Every policy that is made, changed, switched or deleted is kept here, with who did it.</p>
        {(policy || agent) && <button type="button" className="button" onClick={showAll}>Show all changes</button>}
      </div>
    );
  }
  return (
    <ol className={`audit${changes.isPlaceholderData ? " stale" : ""}`} aria-label="Changes of policies">
      {list.map((change) => {
        const place = `${change.policy_id} ${change.at ?? ""} ${change.action}`;
        return <Change key={place} change={change} now={now} isOpen={openPlace === place} toggle={() => setOpenPlace(openPlace === place ? null : place)} />;
      })}
      {changes.hasNextPage && <li className="more"><button type="button" className="button" disabled={changes.isFetchingNextPage} onClick={() => void changes.fetchNextPage()}>Show older changes</button></li>}
    </ol>
  );
}

function Change({ change, now, isOpen, toggle }: { change: PolicyChange; now: number; isOpen: boolean; toggle: () => void }) {
  const what = changedWords(change.before, change.after);
  return (
    <li data-testid="change" data-action={change.action}>
      <button type="button" className="change-line" aria-expanded={isOpen} onClick={toggle}>
        <span className={`pill pill-${TONES[change.action]}`}><i aria-hidden="true" />{CHANGE_WORDS[change.action]}</span>
        <b>{changeTitle(change)}</b>
        <span className="what">{what || typeTitle(change.policy_type)}</span>
        <span className="grow" />
        <span className="who">{change.actor || "unknown"}{change.source !== "api" && ` · ${change.source}`}</span>
        <time dateTime={change.at ?? ""} title={exact(change.at)}>{ago(change.at, now)}</time>
      </button>
      {isOpen && <div className="change-more"><Facts value={stateWords(change.after ?? change.before)} {...(change.before && change.after ? { before: stateWords(change.before) } : {})} /></div>}
    </li>
  );
}
