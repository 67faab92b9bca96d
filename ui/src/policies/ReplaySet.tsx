import { Switch } from "../components/Switch";
import type { DraftRow } from "./policy_draft";
import { Outcome, When } from "./PolicyTable";
import { actionWords, agentWords, policyTitle } from "./policy_words";

const STATES = { same: "", changed: "changed", removed: "deleted", added: "new" } as const;

interface Props {
  rows: readonly DraftRow[]; shownId: string | undefined;
  open: (id: string) => void; turn: (row: DraftRow) => void; remove: (id: string) => void; undo: (id: string) => void;
}

/** The set that is tried, and how it differs from the one in force. */
export function ReplaySet({ rows, shownId, open, turn, remove, undo }: Props) {
  return (
    <ul className="replay-set" aria-label="Policies of the replay">
      {rows.map((row) => {
        const title = policyTitle(row.body);
        return (
          <li key={row.id} className={`${row.state} ${row.body.enabled ? "" : "off"} ${row.id === shownId ? "open" : ""}`} data-testid="replay-policy" data-state={row.state}>
            <Switch isOn={row.body.enabled && row.state !== "removed"} change={() => turn(row)} label={`${title} is on`} isBusy={row.state === "removed"} />
            <span className="named">
              <button type="button" className="goal" disabled={row.state === "removed"} onClick={() => open(row.id)}>{title}</button>
              <span className="key">{agentWords(row.body.agent_id)} · <When policy={row.body} /></span>
            </span>
            {row.state !== "same" && <span className="state-tag">{STATES[row.state]}</span>}
            <Outcome type={String(row.body.action.type ?? row.body.type)} words={actionWords(row.body)} />
            {row.state === "same"
              ? <button type="button" className="icon-button" aria-label={`Delete ${title} in the replay`} title="Without it" onClick={() => remove(row.id)}>✕</button>
              : <button type="button" className="icon-button" aria-label={`Undo the change of ${title}`} title="As it is in force" onClick={() => undo(row.id)}>↺</button>}
          </li>
        );
      })}
    </ul>
  );
}
