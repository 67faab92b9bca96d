import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { useMay } from "../access/AccessContext";
import { Missing } from "../access/Missing";
import { ErrorState, Skeleton } from "../app/States";
import { LeaveGuard, useDirty } from "../components/LeaveGuard";
import { count } from "../format";
import { useNow } from "../shell/now";
import { SearchBox } from "../shell/SearchBox";
import { useRowKeys } from "../shell/row_keys";
import { type Shortcut, useShortcuts } from "../shell/shortcuts";
import { useTitle } from "../shell/title";
import { History } from "./History";
import { countChanges, type PolicyDraft, rowsOf, UNCHANGED } from "./policy_draft";
import { PolicyPanel } from "./PolicyPanel";
import { agentsOf, cleaned, isNarrowed, NEW, type Part, passes, type PolicySearch, type PolicyTab, TABS } from "./policy_search";
import { PolicyTable } from "./PolicyTable";
import type { Policy, PolicyType } from "./policy_types";
import { policyTitle, TYPES } from "./policy_words";
import { useAgentNames, usePolicies, usePolicyForms, useSwitch } from "./queries";
import { ReplayTab } from "./ReplayTab";
import "../components/side_panel.css";
import "./policies.css";

const route = getRouteApi("/policies");
const KEYS: readonly Shortcut[] = [["j k", "next and previous policy"], ["/", "search"], ["Esc", "close the policy"]];
const DECIDING_KEYS: readonly Shortcut[] = [["c", "new policy"], ...KEYS];
const TITLES: Record<PolicyTab, string> = { set: "In force", history: "History", replay: "Replay" };
const NO_POLICIES: readonly Policy[] = [];

export function PoliciesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const now = useNow();
  const list = usePolicies();
  const forms = usePolicyForms();
  const known = useAgentNames();
  const policies = list.data ?? NO_POLICIES;
  const agents = useMemo(() => [...new Set([...agentsOf(policies), ...known])], [policies, known]);
  const tab = search.tab ?? "set";
  const mayDecide = useMay("admin");
  const [isDirty, tellDirty] = useDirty();
  const [draft, setDraft] = useState<PolicyDraft>(UNCHANGED);
  const change = useCallback((part: Part) => void navigate({ search: (before) => cleaned({ ...before, ...part }), replace: true }), [navigate]);
  const choose = (next: PolicyTab) => void navigate({ search: (before) => cleaned({ ...before, tab: next === "set" ? undefined : next, policy: undefined }) });
  const tried = countChanges(rowsOf(policies, draft));
  useTitle("Policies");
  useShortcuts("Policies", mayDecide ? DECIDING_KEYS : KEYS);
  const retry = () => { void list.refetch(); void forms.refetch(); };

  return (
    <div className="page policies-page">
      <div className="list-head">
        <h1>Policies</h1>
        <span className="total" data-testid="policy-total" aria-live="polite">{list.data ? totalWords(policies) : " "}</span>
        <span className="grow" />
        {tab === "set" && mayDecide && <button type="button" className="button main small" onClick={() => change({ policy: NEW })}>New policy</button>}
      </div>
      <PageTabs current={tab} choose={choose} flags={{ replay: tried }} />
      <div role="tabpanel" id={`policies-${tab}`} aria-labelledby={`policies-tab-${tab}`} className="page-panel">
        {list.isPending || forms.isPending ? <Skeleton rows={8} />
          : list.isLoadingError || forms.isLoadingError ? <ErrorState error={(list.error ?? forms.error)!} retry={retry} />
          : tab === "history" ? <HistoryTab search={search} change={change} policies={policies} agents={agents} now={now} />
          : tab === "replay" ? <ReplayTab mayApply={mayDecide} now={now} policies={policies} forms={forms.data ?? []} agents={agents} search={search} change={change} draft={draft} setDraft={setDraft} tellDirty={tellDirty} />
          : <SetTab mayDecide={mayDecide} policies={policies} forms={forms.data ?? []} agents={agents} search={search} change={change} tellDirty={tellDirty} now={now} />}
      </div>
      <LeaveGuard isDirty={isDirty} isLost={(from, to) => from.pathname !== to.pathname || policyIn(from.search) !== policyIn(to.search) || tabIn(from.search) !== tabIn(to.search)}
        title="Discard what you typed?" words="The policy was not saved." />
      <LeaveGuard isDirty={() => tried > 0 && !isDirty()} isLost={(from, to) => from.pathname !== to.pathname} title="Leave without applying?"
        words={`The replay has ${tried} change${tried === 1 ? "" : "s"} that ${tried === 1 ? "is" : "are"} not applied. Leaving this page forgets ${tried === 1 ? "it" : "them"}.`} yes="Leave" />
    </div>
  );
}

type TabProps = { policies: readonly Policy[]; agents: readonly string[]; search: PolicySearch; change: (part: Part) => void; now: number };

function SetTab({ mayDecide, policies, forms, agents, search, change, tellDirty, now }: TabProps & { mayDecide: boolean } & Pick<Parameters<typeof PolicyPanel>[0], "forms" | "tellDirty">) {
  const turn = useSwitch();
  const shown = useMemo(() => policies.filter((policy) => passes(policy, search)), [policies, search]);
  const changeWords = useCallback((q: string) => change({ q: q || undefined }), [change]);
  const open = useCallback((id: string) => change({ policy: id }), [change]);
  const close = () => change({ policy: undefined });
  const turnOne = useCallback((policy: Policy) => turn.mutate(policy), [turn.mutate]);
  useRowKeys({
    ids: shown.map((policy) => policy.id), at: () => search.policy, to: open,
    also: { ...(search.policy && { Escape: () => change({ policy: undefined }) }), ...(mayDecide && { c: () => open(NEW) }) },
  });
  const chosen = policies.find((policy) => policy.id === search.policy);
  const hasPanel = search.policy !== undefined;
  return (
    <>
      <div className="filters" role="search">
        <SearchBox value={search.q ?? ""} change={changeWords} label="Search policies" placeholder="Search name, type, agent, condition or action" />
        <div className="segments" role="group" aria-label="State">
          {([[undefined, "All"], ["on", "On"], ["off", "Off"]] as const).map(([state, title]) => (
            <button key={title} type="button" aria-pressed={search.state === state} onClick={() => change({ state })}>{title}</button>
          ))}
        </div>
        <select aria-label="Type" value={search.type ?? ""} onChange={(event) => change({ type: (event.target.value || undefined) as PolicyType | undefined })}>
          <option value="">Every type</option>
          {(Object.keys(TYPES) as PolicyType[]).map((type) => <option key={type} value={type}>{TYPES[type].title}</option>)}
        </select>
        <AgentFilter search={search} change={change} agents={agents} />
      </div>
      {policies.length === 0 && !hasPanel ? <Empty mayMake={mayDecide} make={() => change({ policy: NEW })} /> : (
        <div className="page-split" data-has-panel={hasPanel}>
          {shown.length === 0 ? <NoMatch clear={() => change({ q: undefined, type: undefined, agent: undefined, state: undefined })} isNarrowed={isNarrowed(search)} />
            : <PolicyTable policies={shown} shownId={search.policy} open={open} turn={turnOne} now={now} isBesidePanel={hasPanel} isFixed={!mayDecide} />}
          {hasPanel && (search.policy === NEW || chosen
            ? <PolicyPanel key={search.policy} policy={chosen ?? null} forms={forms} agents={agents} now={now} tellDirty={tellDirty} close={close} open={open} />
            : <div className="side-panel"><div className="state" role="alert"><h2>There is no such policy</h2><p>It may have been deleted; its history tells by whom.</p><button type="button" className="button" onClick={close}>Close</button></div></div>)}
        </div>
      )}
    </>
  );
}

function HistoryTab({ search, change, policies, agents, now }: TabProps) {
  const of = policies.find((policy) => policy.id === search.policy);
  return (
    <>
      <div className="filters">
        <AgentFilter search={search} change={change} agents={agents} />
        {search.policy && <button type="button" className="chip" aria-pressed="true" onClick={() => change({ policy: undefined })}>Policy<b>{of ? policyTitle(of) : search.policy.slice(0, 8)}</b> ✕</button>}
      </div>
      <History agent={search.agent} policy={search.policy} now={now} showAll={() => change({ policy: undefined, agent: undefined })} />
    </>
  );
}

function AgentFilter({ search, change, agents }: Pick<TabProps, "search" | "change" | "agents">) {
  const offered = search.agent && !agents.includes(search.agent) ? [search.agent, ...agents] : agents;
  return (
    <select aria-label="Agent" value={search.agent ?? ""} onChange={(event) => change({ agent: event.target.value || undefined })}>
      <option value="">Every agent</option>
      {offered.map((agent) => <option key={agent} value={agent}>{agent}</option>)}
    </select>
  );
}

function PageTabs({ current, choose, flags }: { current: PolicyTab; choose: (tab: PolicyTab) => void; flags: Partial<Record<PolicyTab, number>> }) {
  const step = (by: number) => {
    const next = TABS[(TABS.indexOf(current) + by + TABS.length) % TABS.length]!;
    choose(next);
    document.getElementById(`policies-tab-${next}`)?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label="Views of the policies" onKeyDown={(event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (by) { event.preventDefault(); step(by); }
    }}>
      {TABS.map((name) => (
        <button key={name} type="button" role="tab" id={`policies-tab-${name}`} aria-selected={current === name} aria-controls={`policies-${name}`} tabIndex={current === name ? 0 : -1} onClick={() => choose(name)}>
          {TITLES[name]}{flags[name] ? <span className="state-tag">{flags[name]} not applied</span> : null}
        </button>
      ))}
    </div>
  );
}

function Empty({ mayMake, make }: { mayMake: boolean; make: () => void }) {
  return (
    <div className="state" data-testid="empty">
      <h2>No policy yet</h2>
      <p>A policy says what a session may not do: cost too much, take too many steps, repeat itself, or anything that an expression can tell. It notifies, asks a person, pauses or cancels, whatever framework the agent uses.</p>
      {mayMake ? <button type="button" className="button main" onClick={make}>New policy</button> : <Missing needs={["admin"]} />}
    </div>
  );
}

function NoMatch({ clear, isNarrowed: hasFilters }: { clear: () => void; isNarrowed: boolean }) {
  return (
    <div className="state" data-testid="empty-filtered">
      <h2>{hasFilters ? "No policy matches" : "No policy yet"}</h2>
      {hasFilters && <><p>None fits this search and these filters together.</p><button type="button" className="button" onClick={clear}>Show all policies</button></>}
    </div>
  );
}

function totalWords(policies: readonly Policy[]): string {
  const on = policies.filter((policy) => policy.enabled).length;
  return `${count(policies.length)} polic${policies.length === 1 ? "y" : "ies"}, ${count(on)} on`;
}

const policyIn = (search: object) => (search as PolicySearch).policy;
const tabIn = (search: object) => (search as PolicySearch).tab;
