import * as Popover from "@radix-ui/react-popover";
import { useMemo } from "react";
import { useMayIn } from "../access/AccessContext";
import { Icon } from "../components/Icon";
import { count } from "../format";
import { useAsk } from "./Actions";
import type { Selection } from "./selection";
import { DANGEROUS, LABELS, offerOf } from "./verbs";

/** What all selected sessions allow, and why the rest is not offered. */
export function BulkBar({ selection, clear }: { selection: Selection; clear: () => void }) {
  const ask = useAsk();
  const mayIn = useMayIn();
  const sessions = useMemo(() => [...selection.values()], [selection]);
  const { allowed, refused } = useMemo(() => offerOf(sessions, mayIn), [sessions, mayIn]);
  if (sessions.length === 0) return null;
  return (
    <div className="bulk" role="toolbar" aria-label="Actions for the selected sessions" data-testid="bulk-bar">
      <span className="bulk-count" role="status">{count(sessions.length)} selected</span>
      {allowed.map((verb) => (
        <button key={verb} type="button" className={`button ${DANGEROUS.has(verb) ? "is-danger" : ""}`} onClick={() => ask(verb, sessions)} data-testid={`bulk-${verb}`}>
          <Icon name={verb} />{LABELS[verb]}
        </button>
      ))}
      {refused.length > 0 && (
        <Popover.Root>
          <Popover.Trigger className="button subtle" data-testid="bulk-why">{refused.length} not possible: why?</Popover.Trigger>
          <Popover.Portal>
            <Popover.Content className="menu why" align="start" sideOffset={8} collisionPadding={8} aria-label="Not possible for all selected" data-testid="bulk-refused">
              <dl>{refused.map(({ verb, because }) => <div key={verb}><dt><Icon name={verb} />{LABELS[verb]}</dt><dd>{because}</dd></div>)}</dl>
            </Popover.Content>
          </Popover.Portal>
        </Popover.Root>
      )}
      <span className="grow" />
      <button type="button" className="button subtle" onClick={clear}>Clear<kbd aria-hidden="true">Esc</kbd></button>
    </div>
  );
}
