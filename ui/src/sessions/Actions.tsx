import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { useMayIn } from "../access/AccessContext";
import { whyForbidden } from "../access/permissions";
import { askMany, type BulkOptions, type BulkOutcome } from "../api/actions";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { toast, toastError } from "../shell/toasts";
import { confirmationOf } from "./confirmations";
import { downloadSessions, fileName } from "./exporting";
import { type Actionable, DONE, LABELS, needsConfirmation, UNDO, type Verb } from "./verbs";

export type Ask = (verb: Verb, sessions: readonly Actionable[]) => void;
interface Asked { verb: Verb; sessions: readonly Actionable[] }
const Context = createContext<Ask>(() => undefined);

export function useAsk(): Ask {
  return useContext(Context);
}

/** Everything below may ask things of sessions; what one may regret is confirmed here first. */
export function Actions({ children, onDone }: { children: ReactNode; onDone: (verb: Verb, ids: string[]) => void }) {
  const [open, setOpen] = useState<Asked | null>(null);
  const [isBusy, setBusy] = useState(false);
  const carryOut = useCallback(async ({ verb, sessions }: Asked, options: BulkOptions = {}) => {
    setBusy(true);
    try {
      const ids = verb === "export" ? await exported(sessions) : await asked(verb, sessions, options);
      onDone(verb, ids);
    } catch (error) {
      toastError(error, `${LABELS[verb]} did not work`);
    } finally {
      setBusy(false);
      setOpen(null);
    }
  }, [onDone]);
  const ask = useCallback<Ask>((verb, sessions) => {
    if (sessions.length === 0) return;
    if (needsConfirmation(verb)) setOpen({ verb, sessions });
    else void carryOut({ verb, sessions });
  }, [carryOut]);
  return (
    <Context value={ask}>
      {children}
      {open && <Confirm asked={open} isBusy={isBusy} onClose={() => setOpen(null)} onConfirm={(options) => void carryOut(open, options)} />}
    </Context>
  );
}

interface ConfirmProps { asked: Asked; isBusy: boolean; onClose: () => void; onConfirm: (options: BulkOptions) => void }

function Confirm({ asked: { verb, sessions }, isBusy, onClose, onConfirm }: ConfirmProps) {
  const [isChosen, setChosen] = useState(false);
  const [answer, setAnswer] = useState("");
  const words = useMemo(() => confirmationOf(verb, sessions), [verb, sessions]);
  const mayIn = useMayIn();
  const offersExport = words.offersExport && !sessions.some((session) => whyForbidden("export", session, mayIn));
  const { choice, question } = words;
  const options: BulkOptions = {
    ...(choice && isChosen ? { [choice.name]: true } : {}), ...(question && answer.trim() ? { [question.name]: answer.trim() } : {}),
  };
  return (
    <ConfirmDialog title={words.title} text={words.text} confirm={words.confirm} isDangerous={words.isDangerous} isBusy={isBusy}
      onClose={onClose} onConfirm={() => onConfirm(options)}
      extra={offersExport && (
        <button type="button" className="button" onClick={() => void exported(sessions).catch((error: unknown) => toastError(error, "Export did not work"))}>Export first</button>
      )}>
      {choice && <label><input type="checkbox" checked={isChosen} onChange={(event) => setChosen(event.target.checked)} />{choice.label}</label>}
      {question && (
        <label className="stacked">{question.label}
          <input type="text" value={answer} placeholder={question.hint} onChange={(event) => setAnswer(event.target.value)} />
        </label>
      )}
    </ConfirmDialog>
  );
}

async function exported(sessions: readonly Actionable[]): Promise<string[]> {
  await downloadSessions(sessions, fileName(sessions.map((session) => session.key)));
  toast(named("Exported", sessions), { tone: "ok" });
  return sessions.map((session) => session.id);
}

async function asked(verb: Exclude<Verb, "export">, sessions: readonly Actionable[], options: BulkOptions): Promise<string[]> {
  const outcomes = await askMany(verb, sessions, options);
  const ids = new Set(outcomes.filter((outcome) => outcome.ok).map((outcome) => outcome.id));
  const done = sessions.filter((session) => ids.has(session.id));
  const back = UNDO[verb];
  if (done.length) {
    toast(named(DONE[verb], done), {
      tone: "ok", ...(stillRunning(outcomes)), ...(back ? { undo: async () => void (await askMany(back, done)) } : {}),
    });
  }
  const failed = outcomes.filter((outcome) => !outcome.ok);
  if (failed.length) toast(`${LABELS[verb]}: ${failed.length} refused`, { tone: "bad", detail: failed[0]?.message ?? "" });
  return done.map((session) => session.id);
}

function stillRunning(outcomes: readonly BulkOutcome[]): { detail?: string } {
  const running = outcomes.flatMap((outcome) => outcome.command?.still_running ?? []);
  return running.length ? { detail: `Still running: ${running.slice(0, 3).map((one) => one.key).join(", ")}${running.length > 3 ? " …" : ""}` } : {};
}

function named(what: string, sessions: readonly Actionable[]): string {
  const [only] = sessions;
  if (sessions.length !== 1 || !only) return `${what}: ${sessions.length} sessions`;
  const name = only.goal || only.key;
  return `${what}: ${name.length > 60 ? `${name.slice(0, 58)}…` : name}`;
}
