import { type ReactNode, useRef, useState } from "react";
import { type Tab, TABS } from "./session_search";
import { TabShown } from "./tab_shown";

const TITLES: Record<Tab, string> = {
  conversation: "Conversation", timeline: "Timeline", agents: "Agents", context: "Context", metrics: "Metrics", state: "State", traces: "Traces", signals: "Signals",
};

interface Props { current: Tab; choose: (tab: Tab) => void; draw: (tab: Tab) => ReactNode; flags: Partial<Record<Tab, ReactNode>> }

/** A tab is made when it is first opened and stays in the page from then on, as it was left. */
export function Tabs({ current, choose, draw, flags }: Props) {
  const [opened, setOpened] = useState<Tab[]>([current]);
  if (!opened.includes(current)) setOpened([...opened, current]);
  const buttons = useRef(new Map<Tab, HTMLButtonElement>());
  const step = (by: number) => {
    const next = TABS[(TABS.indexOf(current) + by + TABS.length) % TABS.length]!;
    choose(next);
    buttons.current.get(next)?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label="Views of the session" onKeyDown={(event) => {
        const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (by) {
          event.preventDefault();
          step(by);
        }
      }}>
        {TABS.map((name) => (
          <button key={name} type="button" role="tab" id={`tab-${name}`} aria-selected={current === name} aria-controls={`panel-${name}`}
            tabIndex={current === name ? 0 : -1} onClick={() => choose(name)}
            ref={(button) => { if (button) buttons.current.set(name, button); }}>{TITLES[name]}{flags[name]}</button>
        ))}
      </div>
      <div className="panels">
        {TABS.map((name) => (
          <div key={name} role="tabpanel" id={`panel-${name}`} aria-labelledby={`tab-${name}`} className={`panel ${current === name ? "" : "panel-away"}`} inert={current !== name}>
            {opened.includes(name) && <TabShown value={current === name}>{draw(name)}</TabShown>}
          </div>
        ))}
      </div>
    </>
  );
}
