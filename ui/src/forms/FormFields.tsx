import { useId, type ReactNode } from "react";
import { below as under, CHOSEN, type Draft, draftOf, type Fault } from "./answers";
import "./forms.css";
import type { ChoicesField, EitherField, Field, ListField, Option, TextField } from "./schema_form";

interface Drawn<Kind extends Field = Field> {
  field: Kind; draft: Draft; change: (draft: Draft) => void; faults: Fault[]; form: string;
  below?: (path: string, draft: Draft) => ReactNode; // what a page has to say right below a field
}

const MAX_RADIOS = 5; // more options are a menu
const INPUT_TYPES: Record<string, string> = { date: "date", time: "time", "date-time": "datetime-local", email: "email", uri: "url", password: "password" };

/** Any field of a form. `form` keeps the ids of several forms apart. */
export function FormField(drawn: Drawn) {
  const { field } = drawn;
  if (field.kind === "group") return <Group {...drawn} field={field} />;
  if (field.kind === "either") return <Either {...drawn} field={field} />;
  if (field.kind === "list") return <List {...drawn} field={field} />;
  if (field.kind === "choices") return <Choices {...drawn} field={field} />;
  if (field.kind === "yesno") return <Radios {...drawn} options={[["yes", "Yes"], ["no", "No"]]} />;
  if (field.kind === "choice" && field.options.length <= MAX_RADIOS) return <Radios {...drawn} options={numbered(field.options)} />;
  return (
    <div className="field">
      <label htmlFor={idOf(drawn.form, field.path)}>{field.title}<Optional field={field} /></label>
      <About {...drawn} />
      <Input {...drawn} />
      <FaultLine {...drawn} />
      {drawn.below?.(field.path, drawn.draft)}
    </div>
  );
}

function Group({ field, draft, change, faults, form, below }: Drawn<Extract<Field, { kind: "group" }>>) {
  const drafts = draft as Record<string, Draft>;
  const fields = field.fields.map((one) => (
    <FormField key={one.key} field={one} draft={drafts[one.key] ?? ""} faults={faults} form={form}
      change={(next) => change({ ...drafts, [one.key]: next })} {...(below && { below })} />
  ));
  if (!field.title) return <div className="fields">{fields}</div>;
  return (
    <Fieldset field={field} faults={faults} form={form} isNested={field.path !== ""}><div className="fields">{fields}</div></Fieldset>
  );
}

/** One of several fields; what was typed into the others stays while one looks around. */
function Either({ field, draft, change, faults, form, below }: Drawn<EitherField>) {
  const name = useId();
  const drafts = draft as Record<string, Draft>;
  const chosen = field.fields.find((one) => one.key === drafts[CHOSEN]) ?? field.fields[0];
  return (
    <Fieldset field={field} faults={faults} form={form}>
      <div className="radios" id={idOf(form, field.path)} tabIndex={-1}>
        {field.fields.map((one) => (
          <label key={one.key}><input type="radio" name={name} value={one.key} checked={one === chosen} onChange={() => change({ ...drafts, [CHOSEN]: one.key })} /><span>{one.title}</span></label>
        ))}
      </div>
      {chosen && <div className="chosen"><FormField field={chosen} draft={drafts[chosen.key] ?? ""} faults={faults} form={form} change={(next) => change({ ...drafts, [chosen.key]: next })} {...(below && { below })} /></div>}
    </Fieldset>
  );
}

function Input(drawn: Drawn) {
  const { field, draft, change, faults, form } = drawn;
  const typed = typeof draft === "string" ? draft : "";
  const common = {
    id: idOf(form, field.path), value: typed, "aria-required": field.isRequired && !field.isNullable,
    "aria-invalid": faultAt(faults, field.path) !== undefined, "aria-describedby": describedBy(drawn),
    onChange: (event: { target: { value: string } }) => change(event.target.value),
  };
  if (field.kind === "choice") {
    return (
      <select {...common}>
        <option value="">Choose…</option>
        {field.options.map((option, place) => <option key={place} value={String(place)}>{option.title}</option>)}
      </select>
    );
  }
  if (field.kind === "json") return <textarea {...common} className="code" rows={Math.min(14, Math.max(4, typed.split("\n").length))} spellCheck={false} placeholder={field.expects === "array" ? "[…]" : "{…}"} />;
  if (field.kind === "number") return <input {...common} type="text" inputMode={field.isWhole ? "numeric" : "decimal"} className="short" autoComplete="off" placeholder={rangeOf(field)} />;
  const told = field as TextField;
  if (told.isCode) return <textarea {...common} className="code" rows={3} spellCheck={false} autoCapitalize="off" autoComplete="off" />;
  if (told.isLong) return <textarea {...common} rows={2} />;
  if (told.examples.length === 0) return <input {...common} type={INPUT_TYPES[told.format] ?? "text"} autoComplete="off" />;
  const list = `${common.id}-examples`;
  return (
    <>
      <input {...common} type={INPUT_TYPES[told.format] ?? "text"} autoComplete="off" list={list} />
      <datalist id={list}>{told.examples.map((example) => <option key={example} value={example} />)}</datalist>
    </>
  );
}

function Radios(drawn: Drawn & { options: (readonly [string, string])[] }) {
  const { field, draft, change, options } = drawn;
  const name = useId();
  return (
    <Fieldset {...drawn}>
      <div className="radios" id={idOf(drawn.form, field.path)} tabIndex={-1}>
        {options.map(([value, title]) => (
          <label key={value}><input type="radio" name={name} value={value} checked={draft === value} onChange={() => change(value)} /><span>{title}</span></label>
        ))}
        {!field.isRequired && draft !== "" && <button type="button" className="button subtle" onClick={() => change("")}>Leave open</button>}
      </div>
      {drawn.below?.(field.path, draft)}
    </Fieldset>
  );
}

function Choices(drawn: Drawn<ChoicesField>) {
  const { field, draft, change } = drawn;
  const chosen = draft as string[];
  return (
    <Fieldset {...drawn}>
      <div className="checks" id={idOf(drawn.form, field.path)} tabIndex={-1}>
        {numbered(field.options).map(([value, title]) => (
          <label key={value}>
            <input type="checkbox" checked={chosen.includes(value)}
              onChange={() => change(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value].sort((one, other) => Number(one) - Number(other)))} />
            {title}
          </label>
        ))}
      </div>
    </Fieldset>
  );
}

function List(drawn: Drawn<ListField>) {
  const { field, draft, change, faults, form } = drawn;
  const items = draft as Draft[];
  return (
    <Fieldset {...drawn}>
      <ol className="list-field" id={idOf(form, field.path)} tabIndex={-1}>
        {items.map((item, place) => (
          <li key={place}>
            <FormField field={{ ...field.item, path: under(field.path, place), title: `${field.title || "Item"} ${place + 1}` }} draft={item} faults={faults} form={form}
              change={(next) => change(items.map((one, other) => (other === place ? next : one)))} />
            <button type="button" className="icon-button" aria-label={`Remove ${field.title || "item"} ${place + 1}`} onClick={() => change(items.filter((_, other) => other !== place))}>✕</button>
          </li>
        ))}
      </ol>
      {(field.maxItems === null || items.length < field.maxItems) && (
        <button type="button" className="button subtle add" onClick={() => change([...items, draftOf(field.item)])}>+ Add</button>
      )}
    </Fieldset>
  );
}

function Fieldset({ field, faults, form, isNested = false, children }: { field: Field; faults: Fault[]; form: string; isNested?: boolean; children: ReactNode }) {
  return (
    <fieldset className={`field${isNested ? " nested" : ""}`} aria-describedby={describedBy({ field, faults, form })}>
      <legend>{field.title}<Optional field={field} /></legend>
      <About field={field} form={form} />
      {children}
      <FaultLine field={field} faults={faults} form={form} />
    </fieldset>
  );
}

function Optional({ field }: { field: Field }) {
  return field.isRequired && !field.isNullable ? null : <span className="optional"> optional</span>;
}

function About({ field, form }: { field: Field; form: string }) {
  return field.description ? <p className="about" id={`${idOf(form, field.path)}-about`}>{field.description}</p> : null;
}

function FaultLine({ field, faults, form }: { field: Field; faults: Fault[]; form: string }) {
  const found = faultAt(faults, field.path);
  return found ? <p className="fault" id={`${idOf(form, field.path)}-fault`} data-testid="fault">{found.message}</p> : null;
}

/** Where the attention should go after a refusal. */
export function focusFault(form: string, fault: Fault | undefined): void {
  if (fault) requestAnimationFrame(() => document.getElementById(idOf(form, fault.path))?.focus());
}

function describedBy({ field, faults, form }: { field: Field; faults: Fault[]; form: string }): string | undefined {
  const id = idOf(form, field.path);
  const ids = [field.description && `${id}-about`, faultAt(faults, field.path) && `${id}-fault`].filter(Boolean);
  return ids.length ? ids.join(" ") : undefined;
}

function rangeOf(field: Extract<Field, { kind: "number" }>): string {
  if (field.minimum !== null && field.maximum !== null) return `${field.minimum} to ${field.maximum}`;
  if (field.minimum !== null) return `from ${field.minimum}`;
  return field.maximum !== null ? `up to ${field.maximum}` : "";
}

const idOf = (form: string, path: string) => `${form}-${path || "all"}`;
const faultAt = (faults: Fault[], path: string) => faults.find((fault) => fault.path === path);
const numbered = (options: Option[]) => options.map((option, place) => [String(place), option.title] as const);
