import { useEffect, useRef, useState } from "react";
import { isForApp } from "./shortcuts";

const TYPING_PAUSE_MS = 180;

/** What is typed shows at once; the URL and the query follow when typing pauses. `/` comes here from anywhere. */
export function SearchBox({ value, change, label, placeholder }: { value: string; change: (value: string) => void; label: string; placeholder: string }) {
  const [typed, setTyped] = useState(value);
  const told = useRef(value);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (value !== told.current) {
      told.current = value;
      setTyped(value);
    }
  }, [value]);
  useEffect(() => {
    if (typed === told.current) return;
    const pause = setTimeout(() => {
      told.current = typed;
      change(typed);
    }, TYPING_PAUSE_MS);
    return () => clearTimeout(pause);
  }, [typed, change]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== "/" || !isForApp(event)) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  return (
    <div className="search">
      <input ref={input} type="search" value={typed} onChange={(event) => setTyped(event.target.value)} aria-label={label}
        onKeyDown={(event) => { if (event.key === "Escape") event.currentTarget.blur(); }} placeholder={placeholder} spellCheck={false} />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}
