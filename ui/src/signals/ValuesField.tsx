import { type KeyboardEvent, useId, useState } from "react";

interface Props {
  label: string; about?: string; values: string[]; change: (values: string[]) => void; known: readonly string[]; fault?: string | undefined;
  wordOf?: (value: string) => string; placeholder?: string; type?: "text" | "email";
}

/** Several words: each is typed or chosen, and taken away again. */
export function ValuesField({ label, about, values, change, known, fault, wordOf = (value) => value, placeholder = "any", type = "text" }: Props) {
  const id = useId();
  const [text, setText] = useState("");
  const add = (words: string) => {
    const fresh = words.split(/[,;\n]/).map((word) => word.trim()).filter((word) => word && !values.includes(word));
    if (fresh.length) change([...values, ...new Set(fresh)]);
    setText("");
  };
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter" && text.trim()) {
      event.preventDefault();
      add(text);
    } else if (event.key === "Backspace" && !text) change(values.slice(0, -1));
  };
  const offered = known.filter((value) => !values.includes(value));
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="values-box">
        {values.map((value) => (
          <span key={value} className="value-chip">{wordOf(value)}<button type="button" onClick={() => change(values.filter((other) => other !== value))} aria-label={`Take ${wordOf(value)} away`}>✕</button></span>
        ))}
        <input id={id} value={text} list={`${id}-known`} type={type} autoComplete="off" spellCheck={false} placeholder={values.length ? "or another" : placeholder}
          aria-invalid={fault ? true : undefined} aria-describedby={fault ? `${id}-fault` : about ? `${id}-about` : undefined}
          onChange={(event) => (offered.includes(event.target.value) || /[,;]$/.test(event.target.value) ? add(event.target.value) : setText(event.target.value))} onKeyDown={press} onBlur={() => add(text)} />
        <datalist id={`${id}-known`}>{offered.map((value) => <option key={value} value={value}>{wordOf(value)}</option>)}</datalist>
      </div>
      {fault ? <p className="fault" id={`${id}-fault`}>{fault}</p> : about && <p className="about" id={`${id}-about`}>{about}</p>}
    </div>
  );
}

/** Several of what there is, and nothing else. */
export function ChosenField({ label, values, change, known, wordOf }: { label: string; values: string[]; change: (values: string[]) => void; known: readonly string[]; wordOf: (value: string) => string }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="values-box">
        {values.map((value) => (
          <span key={value} className="value-chip">{wordOf(value)}<button type="button" onClick={() => change(values.filter((other) => other !== value))} aria-label={`Take ${wordOf(value)} away`}>✕</button></span>
        ))}
        <select id={id} value="" onChange={(event) => { if (event.target.value) change([...values, event.target.value]); }}>
          <option value="">{values.length ? "or another…" : known.length ? "any" : "any (there are none yet)"}</option>
          {known.filter((value) => !values.includes(value)).map((value) => <option key={value} value={value}>{wordOf(value)}</option>)}
        </select>
      </div>
    </div>
  );
}
