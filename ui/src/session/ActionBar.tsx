import * as Tooltip from "@radix-ui/react-tooltip";
import { useState } from "react";
import { useMayIn } from "../access/AccessContext";
import { whyForbidden } from "../access/permissions";
import type { Session } from "../api/types";
import { exportHref } from "../sessions/exporting";
import { Confirmation } from "./Confirmation";
import { type Action, type Button, buttonsOf, isSettled, progressOf, questionOf } from "./actions";
import { useActions, useCommands } from "./useActions";

/** What may be asked of the session now; what may not says why. */
export function ActionBar({ session, sessionKey }: { session: Session; sessionKey: string }) {
  const { busy, run, remove } = useActions(sessionKey);
  const mayIn = useMayIn();
  const whyNoExport = whyForbidden("export", session, mayIn);
  const commands = useCommands(sessionKey);
  const [asked, setAsked] = useState<Action | null>(null);
  const question = asked && questionOf(asked, session);
  const progress = progressOf(session, (commands.data?.items ?? []).filter((command) => !isSettled(command)));
  const press = (action: Action) => {
    if (questionOf(action, session)) setAsked(action);
    else if (action !== "export" && action !== "delete") void run(action);
  };
  return (
    <Tooltip.Provider delayDuration={250}>
      <div className="action-bar" role="toolbar" aria-label="Actions" data-testid="action-bar">
        {buttonsOf(session, mayIn).map((button) => <ActionButton key={button.action} button={button} isBusy={busy === button.action} press={press} />)}
        {whyNoExport ? <ActionButton button={{ action: "export", title: "Export JSONL", why: whyNoExport, tone: "" }} isBusy={false} press={press} />
          : <a className="button" href={exportHref(session)} download data-testid="action-export">Export JSONL</a>}
        {progress && <span className="progress" role="status" data-testid="progress"><i className="spinner" aria-hidden="true" />{progress}</span>}
        {!progress && !session.controllable && (
          <span className="uncontrollable" data-testid="not-controllable"><b>Not controllable:</b> {session.controllable_reason}</span>
        )}
      </div>
      {asked && question && (
        <Confirmation question={question} isDanger={asked === "delete" || asked === "cancel"} close={() => setAsked(null)}
          exportFrom={asked === "delete" && !whyNoExport ? exportHref(session) : ""}
          confirm={(given) => {
            setAsked(null);
            if (asked === "delete") void remove();
            else if (asked !== "export") void run(asked, given);
          }} />
      )}
    </Tooltip.Provider>
  );
}

function ActionButton({ button, isBusy, press }: { button: Button; isBusy: boolean; press: (action: Action) => void }) {
  const { action, title, why, tone } = button;
  const drawn = (
    <button type="button" className={`button ${tone && !why ? `button-${tone}` : ""}`} data-testid={`action-${action}`} aria-disabled={why || isBusy ? true : undefined}
      aria-describedby={why ? `why-${action}` : undefined} onClick={() => { if (!why && !isBusy) press(action); }}>
      {title}{why && <span id={`why-${action}`} className="visually-hidden">{why}</span>}
    </button>
  );
  if (!why) return drawn;
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{drawn}</Tooltip.Trigger>
      <Tooltip.Portal><Tooltip.Content className="tip" sideOffset={6} collisionPadding={12}>{why}</Tooltip.Content></Tooltip.Portal>
    </Tooltip.Root>
  );
}
