import { type ReactNode, useEffect, useId, useMemo, useState } from "react";
import { CelHelp } from "../components/CelHelp";
import { type Draft, dottedFaultOf, type Fault } from "../forms/answers";
import { FormField, focusFault } from "../forms/FormFields";
import type { GroupField } from "../forms/schema_form";
import { CONDITION_EXAMPLES, CONDITION_NOTE, SESSION_FIELDS } from "./cel_help";
import { draftFrom, FIRST_TYPE, formOf, readPolicy } from "./policy_form";
import { isSame, type PolicyBody, type PolicyForm, type PolicyType } from "./policy_types";
import { placeWords, RUNGS, TYPES } from "./policy_words";
import { useFault } from "./queries";

interface Props {
  forms: readonly PolicyForm[];
  agents: readonly string[];
  policy: PolicyBody | null; // null makes a new one
  yes: string;               // what the button says
  isBusy: boolean;
  save: (body: PolicyBody, refused: (message: string) => void) => void;
  tellDirty: (isDirty: boolean) => void;
  children?: ReactNode;      // beside the button
}

/** Everything that can be decided of a policy. The server checks it as it stands before it is sent. */
export function PolicyEditor({ forms, agents, policy, yes, isBusy, save, tellDirty, children }: Props) {
  const form = useId();
  const [type, setType] = useState<PolicyType>(policy?.type ?? FIRST_TYPE);
  const field = useMemo(() => formOf(forms, type, agents), [forms, type, agents]);
  const [draft, setDraft] = useState<Draft | null>(() => (field ? draftFrom(field, policy) : null));
  const [refusal, setRefusal] = useState<Fault | null>(null);
  const [isTried, setTried] = useState(false);
  useEffect(() => () => tellDirty(false), [tellDirty]);
  const reading = useMemo(() => (field && draft ? readPolicy(field, draft, type, policy?.enabled ?? true) : null), [field, draft, type, policy]);
  const told = useFault(reading?.body && !isSame(reading.body, policy) ? reading.body : null);
  if (field?.kind !== "group" || draft === null || reading === null) return <p className="fault">This server tells no form for this type.</p>;

  const said = told ? dottedFaultOf(told, field) : refusal;
  const faults = [...(said ? [said] : []), ...(isTried ? reading.faults : [])];
  const change = (next: Draft) => {
    setDraft(next);
    setRefusal(null);
    const after = readPolicy(field, next, type, policy?.enabled ?? true);
    tellDirty(after.body === null || !isSame(after.body, policy));
  };
  const changeType = (next: PolicyType) => {
    const other = formOf(forms, next, agents);
    if (!other) return;
    const kept = draft as Record<string, Draft>;
    const fresh = draftFrom(other, null) as Record<string, Draft>;
    setType(next);
    setDraft({ ...fresh, name: kept.name ?? "", agent_id: kept.agent_id ?? "", priority: kept.priority ?? "" });
    setRefusal(null);
    setTried(false);
    tellDirty(true);
  };
  const submit = () => {
    setTried(true);
    const first = said ?? reading.faults[0];
    if (first || !reading.body) return focusFault(form, first);
    save(reading.body, (message) => {
      const fault = dottedFaultOf(message, field);
      setRefusal(fault);
      focusFault(form, fault);
    });
  };
  const rung = rungOf(draft, field);
  const below = (path: string) => {
    if (path === "action/type" && rung) return <p className="form-note" data-testid="rung-note">{RUNGS[rung]?.about}</p>;
    if (path !== "condition/cel") return null;
    return <CelHelp root="session" fields={SESSION_FIELDS} examples={CONDITION_EXAMPLES} note={CONDITION_NOTE} use={(cel) => change({ ...(draft as Record<string, Draft>), condition: { cel } })} />;
  };
  const stray = faults.find((fault) => !isShown(fault.path, field));
  return (
    <form className="policy-form" noValidate onSubmit={(event) => { event.preventDefault(); submit(); }} aria-label="Policy">
      {policy === null ? <TypeChoice type={type} change={changeType} form={form} /> : <p className="about">{TYPES[type].about} {placeWords(type)}</p>}
      <FormField field={field} draft={draft} change={change} faults={faults} form={form} below={below} />
      {stray && <p className="fault" role="alert" data-testid="fault">{stray.message}</p>}
      <div className="verdict">
        <button type="submit" className="button main" disabled={isBusy}>{yes}</button>
        {children}
        <span className="visually-hidden" role="status">{told ? `The server says: ${told}` : ""}</span>
      </div>
    </form>
  );
}

function TypeChoice({ type, change, form }: { type: PolicyType; change: (type: PolicyType) => void; form: string }) {
  return (
    <div className="field">
      <label htmlFor={`${form}-type`}>Type</label>
      <select id={`${form}-type`} value={type} onChange={(event) => change(event.target.value as PolicyType)}>
        {(Object.keys(TYPES) as PolicyType[]).map((one) => <option key={one} value={one}>{TYPES[one].title}</option>)}
      </select>
      <p className="about">{TYPES[type].about} {placeWords(type)}</p>
    </div>
  );
}

/** The rung that the draft stands on; "" if its action has none. */
function rungOf(draft: Draft, field: GroupField): string {
  const action = field.fields.find((one) => one.key === "action");
  const ladder = action?.kind === "group" ? action.fields.find((one) => one.key === "type") : undefined;
  if (ladder?.kind !== "choice") return "";
  const chosen = ((draft as Record<string, Draft>).action as Record<string, Draft>).type;
  return String(ladder.options[Number(chosen)]?.value ?? "");
}

function isShown(path: string, field: GroupField): boolean {
  return path !== "" && field.fields.some((one) => path === one.path || path.startsWith(`${one.path}/`));
}
