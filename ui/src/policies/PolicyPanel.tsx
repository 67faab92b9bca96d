import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useMay } from "../access/AccessContext";
import { Missing } from "../access/Missing";
import { Copy } from "../app/States";
import { pageLink } from "../components/page_link";
import { Switch } from "../components/Switch";
import { Facts } from "../forms/Facts";
import { ago, exact } from "../format";
import { Confirm } from "../shell/Confirm";
import { toastError } from "../shell/toasts";
import { ApiError } from "../api/client";
import { stateWords } from "./change_words";
import { PolicyEditor } from "./PolicyEditor";
import { bodyOf, type Policy, type PolicyBody, type PolicyForm } from "./policy_types";
import { policyTitle } from "./policy_words";
import { differenceOf } from "./policy_draft";
import { useDelete, useSave, useSwitch } from "./queries";

interface Props {
  policy: Policy | null; // null makes a new one
  forms: readonly PolicyForm[]; agents: readonly string[]; now: number;
  tellDirty: (isDirty: boolean) => void; close: () => void; open: (id: string) => void;
}

/** One policy: what it says now, changing and deleting it. */
export function PolicyPanel({ policy, forms, agents, now, tellDirty, close, open }: Props) {
  const save = useSave();
  const mayDecide = useMay("admin");
  const send = (body: PolicyBody, refused: (message: string) => void) => {
    const part = policy ? differenceOf(bodyOf(policy), body) : body;
    save.mutate({ id: policy?.id ?? null, part }, {
      onSuccess: (saved) => { tellDirty(false); if (!policy) open(saved.id); },
      onError: (error) => { if (error instanceof ApiError && error.status === 422) refused(error.message); else toastError(error, "It was not saved"); },
    });
  };
  return (
    <article className="side-panel" aria-label={policy ? policyTitle(policy) : "New policy"} data-testid="policy-panel">
      <header>
        <h2>{policy ? policyTitle(policy) : "New policy"}</h2>
        {policy && <Copy text={pageLink({ policy: policy.id })} label="Copy the link to this policy" />}
        <button type="button" className="icon-button" onClick={close} aria-label="Close">✕</button>
      </header>
      {policy && <Standing policy={policy} now={now} isFixed={!mayDecide} />}
      {!mayDecide ? <>{policy && <Facts value={stateWords({ ...bodyOf(policy), is_enabled: policy.enabled })} />}<Missing needs={["admin"]} /></> : <PolicyEditor key={`${policy?.id ?? "new"} ${policy?.updated_at ?? ""}`} forms={forms} agents={agents} policy={policy ? bodyOf(policy) : null} yes={policy ? "Save" : "Put in force"} isBusy={save.isPending} save={send} tellDirty={tellDirty}>
        {policy && <span className="about">Changed, it may fire again in sessions in which it has fired.</span>}
      </PolicyEditor>}
      {policy && mayDecide && <Remove policy={policy} gone={() => { tellDirty(false); close(); }} />}
    </article>
  );
}

function Standing({ policy, now, isFixed }: { policy: Policy; now: number; isFixed: boolean }) {
  const turn = useSwitch();
  return (
    <p className="panel-facts">
      <label className="switch-line"><Switch isOn={policy.enabled} change={() => turn.mutate(policy)} label={`${policyTitle(policy)} is on`} isBusy={turn.isPending || isFixed} /> <span aria-hidden="true">{policy.enabled ? "In force" : "Switched off"}</span></label>
      <span className="about">made by {policy.created_by || "unknown"} <time title={exact(policy.created_at)}>{ago(policy.created_at, now)}</time></span>
      <Link to="/policies" search={{ tab: "history", policy: policy.id }}>Its history</Link>
    </p>
  );
}

function Remove({ policy, gone }: { policy: Policy; gone: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const remove = useDelete();
  return (
    <footer className="withdraw">
      <button type="button" className="button subtle" onClick={() => setAsking(true)}>Delete this policy…</button>
      {isAsking && (
        <Confirm title={`Delete “${policyTitle(policy)}”?`} words="It holds for no session from now on. Its signals, its decisions and its history stay. This cannot be taken back." yes="Delete" tone="bad"
          isBusy={remove.isPending} close={() => setAsking(false)} confirm={() => remove.mutate(policy, { onSuccess: gone, onSettled: () => setAsking(false) })} />
      )}
    </footer>
  );
}
