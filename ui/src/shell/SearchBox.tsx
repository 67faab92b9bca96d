import { useEffect, useRef } from "react";
import { useTyped } from "../components/typed";
import { isForApp } from "./shortcuts";

/** What is typed shows at once; the URL and the query follow when typing pauses. `/` comes here from anywhere. */
export function SearchBox({ value, change, label, placeholder }: { value: string; change: (value: string) => void; label: string; placeholder: string }) {
  const [typed, setTyped] = useTyped(value, change);
  const input = useRef<HTMLInputElement>(null);
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
