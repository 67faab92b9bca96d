import { useEffect, useId, useMemo, useState } from "react";
import { CelHelp } from "../components/CelHelp";
import { type Draft, dottedFaultOf, type Fault } from "../forms/answers";
import { FormField, focusFault } from "../forms/FormFields";
import { draftFrom, FIRST_KIND, formOf, readAssessor } from "./assessor_form";
import type { AssessorBody, AssessorForm, AssessorKind } from "./assessor_types";
import { KINDS, ROLES } from "./assessor_words";
import { RULE_EXAMPLES, TRACE_FIELDS } from "./trace_help";

interface Props {
  forms: readonly AssessorForm[];
  assessor: AssessorBody | null; // null makes a new one
  yes: string;
  isBusy: boolean;
  save: (body: AssessorBody, refused: (message: string) => void) => void;
  tellDirty: (isDirty: boolean) => void;
}
const EITHER = "?cel|pattern";
const NOTE = "Whole numbers and decimals are compared by their value. What cannot be computed of a trace is shown as failed.";
type Drafts = Record<string, Draft>;

export function AssessorEditor({ forms, assessor, yes, isBusy, save, tellDirty }: Props) {
  const form = useId();
  const [kind, setKind] = useState<AssessorKind>(assessor?.kind ?? FIRST_KIND);
  const field = useMemo(() => formOf(forms, kind), [forms, kind]);
  const [draft, setDraft] = useState<Draft | null>(() => (field ? draftFrom(field, assessor) : null));
  const [refusal, setRefusal] = useState<Fault | null>(null);
  const [isTried, setTried] = useState(false);
  useEffect(() => () => tellDirty(false), [tellDirty]);
  if (field?.kind !== "group" || draft === null) return <p className="fault">This server tells no form for this kind.</p>;

  const reading = readAssessor(field, draft, kind, assessor?.is_active ?? true);
  const faults = [...(refusal ? [refusal] : []), ...(isTried ? reading.faults : [])];
  const change = (next: Draft) => {
    setDraft(next);
    setRefusal(null);
    tellDirty(JSON.stringify(next) !== JSON.stringify(draftFrom(field, assessor)));
  };
  const changeKind = (next: AssessorKind) => {
    const other = formOf(forms, next);
    if (!other) return;
    const { name = "", role = "" } = draft as Drafts;
    setKind(next);
    setDraft({ ...(draftFrom(other, null) as Drafts), name, role });
    setRefusal(null);
    setTried(false);
    tellDirty(true);
  };
  const submit = () => {
    setTried(true);
    if (!reading.body) return focusFault(form, reading.faults[0]);
    save(reading.body, (message) => {
      const fault = dottedFaultOf(message, field);
      setRefusal(fault);
      focusFault(form, fault);
    });
  };
  const config = (draft as Drafts).config as Drafts;
  const either = config[EITHER] as Drafts | undefined;
  const role = (draft as Drafts).role === "1" ? "enforcer" : "observer";
  const below = (path: string) => {
    if (path === "role") return <p className="form-note" data-testid="role-note">{ROLES[role].about}</p>;
    if (path !== "config/cel" || !either) return null;
    return <CelHelp root="trace" fields={TRACE_FIELDS} examples={RULE_EXAMPLES} note={NOTE} use={(cel) => change({ ...(draft as Drafts), config: { ...config, [EITHER]: { ...either, cel } } })} />;
  };
  const stray = faults.find((fault) => fault.path === "");
  return (
    <form className="assessor-form" noValidate onSubmit={(event) => { event.preventDefault(); submit(); }} aria-label="Assessor">
      {assessor === null ? (
        <div className="field">
          <label htmlFor={`${form}-kind`}>Kind</label>
          <select id={`${form}-kind`} value={kind} onChange={(event) => changeKind(event.target.value as AssessorKind)}>
            {(Object.keys(KINDS) as AssessorKind[]).map((one) => <option key={one} value={one}>{KINDS[one].title}</option>)}
          </select>
          <p className="about">{KINDS[kind].about}</p>
        </div>
      ) : <p className="about">{KINDS[kind].title}. {KINDS[kind].about}</p>}
      <FormField field={field} draft={draft} change={change} faults={faults} form={form} below={below} />
      {stray && <p className="fault" role="alert" data-testid="fault">{stray.message}</p>}
      <div className="verdict">
        <button type="submit" className="button main" disabled={isBusy}>{yes}</button>
        <span className="about">It holds for traces that arrive from now on.</span>
      </div>
    </form>
  );
}
