import { type KeyboardEvent, useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Icon } from "../components/Icon";
import { useTyped } from "../components/typed";
import { count } from "../format";
import { useFacet } from "./queries";
import { completed, completionAt, fieldsFor, isSole } from "./search_completion";

const SHOWN = 8;
interface Option { value: string; note: string }

/** What is typed shows at once; the URL and the query follow when typing pauses. */
export function SearchBox({ value, change }: { value: string; change: (q: string) => void }) {
  const [typed, setTyped] = useTyped(value, change, trimmed);
  const [caret, setCaret] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const placed = useRef<number | null>(null);
  const list = useId();
  useLayoutEffect(() => { // before the next key can be typed
    if (placed.current !== null) input.current?.setSelectionRange(placed.current, placed.current);
    placed.current = null;
  }, [typed]);
  const completion = useMemo(() => (isOpen ? completionAt(typed, caret) : null), [isOpen, typed, caret]);
  const facet = useFacet(completion?.field?.facet ?? "", completion?.typed ?? "", completion?.kind === "value");
  const options = useMemo<Option[]>(() => {
    if (!completion) return [];
    if (completion.kind === "field") return fieldsFor(completion).map((field) => ({ value: field.name, note: field.what }));
    const items = facet.data?.items ?? [];
    return items.slice(0, SHOWN).filter((item) => item.value !== completion.typed).map((item) => ({ value: item.value, note: count(item.count) }));
  }, [completion, facet.data]);
  const isShown = options.length > 0;
  const choose = (option: Option) => {
    if (!completion) return;
    const next = completed(typed, completion, option.value);
    setTyped(next.text);
    setCaret(next.caret);
    setActive(-1);
    placed.current = next.caret;
  };
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const isOnly = event.key === "Enter" && completion !== null && isSole(completion, options.map((option) => option.value));
    const chosen = options[active] ?? (isOnly ? options[0] : undefined);
    if (step && isShown) {
      event.preventDefault();
      setActive((before) => (before + step + options.length + (before < 0 && step < 0 ? 1 : 0)) % options.length);
    } else if ((event.key === "Enter" || event.key === "Tab") && isShown && chosen) {
      event.preventDefault();
      choose(chosen);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (isShown) setOpen(false);
      else event.currentTarget.blur();
    }
  };
  const note = () => setCaret(input.current?.selectionStart ?? 0);
  return (
    <div className="search" onBlur={() => setOpen(false)}>
      <Icon name="search" size={15} />
      <input id="session-search" ref={input} type="search" value={typed} spellCheck={false} autoComplete="off"
        onChange={(event) => { setTyped(event.target.value); setCaret(event.target.selectionStart ?? 0); setOpen(true); setActive(-1); }}
        onKeyDown={press} onKeyUp={note} onClick={note}
        placeholder="Search goals, keys, agents and everything that was said, or agent:name status:failed"
        aria-label="Search sessions" role="combobox" aria-expanded={isShown} aria-controls={list} aria-autocomplete="list"
        {...(isShown && active >= 0 ? { "aria-activedescendant": `${list}-${active}` } : {})} />
      <kbd aria-hidden="true">/</kbd>
      <ul id={list} role="listbox" aria-label="Completions" className="menu completions" hidden={!isShown} data-testid="completions">
        {options.map((option, place) => (
          <li key={option.value} id={`${list}-${place}`} role="option" aria-selected={place === active} className="menu-item" data-highlighted={place === active || undefined}
            onMouseDown={(event) => { event.preventDefault(); choose(option); }}>
            <span className="grow">{completion?.kind === "field" ? <code>{option.value}:</code> : option.value}</span><span className="none">{option.note}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The space before the next word is none of the query, and must not be taken away when the query comes back. */
function trimmed(typed: string): string {
  return typed.trim();
}
