import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import { useMay } from "../access/AccessContext";
import { Missing } from "../access/Missing";
import { ErrorState, Skeleton } from "../app/States";
import { LeaveGuard, useDirty } from "../components/LeaveGuard";
import { count } from "../format";
import { useNow } from "../shell/now";
import { useRowKeys } from "../shell/row_keys";
import { type Shortcut, useShortcuts } from "../shell/shortcuts";
import { useTitle } from "../shell/title";
import { AssessorPanel } from "./AssessorPanel";
import { type AssessorSearch, cleaned, NEW, type Part } from "./assessor_search";
import { AssessorTable } from "./AssessorTable";
import type { Assessor } from "./assessor_types";
import { Feed } from "./Feed";
import { refresh, useAssessorForms, useAssessors, useCounts, useSwitch } from "./queries";
import "../components/side_panel.css";
import "./assessors.css";

const route = getRouteApi("/assessors");
const KEYS: readonly Shortcut[] = [["j k", "next and previous assessor"], ["Esc", "close the assessor"]];
const DECIDING_KEYS: readonly Shortcut[] = [["c", "new assessor"], ...KEYS];
const NONE: readonly Assessor[] = [];

export function AssessorsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const now = useNow();
  const list = useAssessors();
  const forms = useAssessorForms();
  const counts = useCounts();
  const turn = useSwitch();
  const mayDecide = useMay("admin");
  const [isDirty, tellDirty] = useDirty();
  const change = useCallback((part: Part) => void navigate({ search: (before) => cleaned({ ...before, ...part }), replace: true }), [navigate]);
  const open = useCallback((id: string) => change({ assessor: id }), [change]);
  const turnOne = useCallback((one: Assessor) => turn.mutate(one), [turn.mutate]);
  const show = useCallback((id: string, outcome: AssessorSearch["outcome"]) => change({ of: id, outcome }), [change]);
  const close = () => change({ assessor: undefined });
  const assessors = list.data ?? NONE;
  const chosen = assessors.find((one) => one.id === search.assessor);
  const hasPanel = search.assessor !== undefined;
  useTitle("Assessors");
  useShortcuts("Assessors", mayDecide ? DECIDING_KEYS : KEYS);
  useRowKeys({
    ids: assessors.map((one) => one.id), at: () => search.assessor, to: open,
    also: { ...(search.assessor && { Escape: () => change({ assessor: undefined }) }), ...(mayDecide && { c: () => open(NEW) }) },
  });

  return (
    <div className="page assessors-page">
      <div className="list-head">
        <h1>Assessors</h1>
        <span className="total" data-testid="assessor-total" aria-live="polite">{list.data ? totalWords(assessors) : " "}</span>
        <span className="grow" />
        <button type="button" className="button subtle" onClick={() => refresh(queries)}>Refresh</button>
        {mayDecide && <button type="button" className="button main small" onClick={() => change({ assessor: NEW })}>New assessor</button>}
      </div>
      {list.isPending || forms.isPending ? <Skeleton rows={8} />
        : list.isLoadingError || forms.isLoadingError ? <ErrorState error={(list.error ?? forms.error)!} retry={() => { void list.refetch(); void forms.refetch(); }} />
        : (
          <div className="page-split" data-has-panel={hasPanel}>
            <div className="assessors-left">
              {assessors.length === 0 ? !hasPanel && <Empty mayMake={mayDecide} make={() => change({ assessor: NEW })} />
                : <AssessorTable assessors={assessors} counts={counts.data} shownId={search.assessor} now={now} isBesidePanel={hasPanel} isFixed={!mayDecide} open={open} turn={turnOne} show={show} />}
              {counts.isError && !counts.data && <p className="error-text" role="alert">What they said lately could not be counted: {counts.error.message}</p>}
              <Feed search={search} change={change} assessors={assessors} now={now} />
            </div>
            {hasPanel && (search.assessor === NEW || chosen
              ? <AssessorPanel key={search.assessor} assessor={chosen ?? null} forms={forms.data ?? []} counts={chosen && counts.data?.get(chosen.id)} now={now} tellDirty={tellDirty} close={close} open={open} showSaid={(id) => show(id, undefined)} />
              : <div className="side-panel"><div className="state" role="alert"><h2>There is no such assessor</h2><p>It may have been deleted. What it said is still shown.</p><button type="button" className="button" onClick={close}>Close</button></div></div>)}
          </div>
        )}
      <LeaveGuard isDirty={isDirty} isLost={(from, to) => from.pathname !== to.pathname || (from.search as AssessorSearch).assessor !== (to.search as AssessorSearch).assessor}
        title="Discard what you typed?" words="The assessor was not saved." />
    </div>
  );
}

function Empty({ mayMake, make }: { mayMake: boolean; make: () => void }) {
  return (
    <div className="state" data-testid="empty">
      <h2>No assessor yet</h2>
      <p>An assessor looks at each trace as it arrives: a rule, a detector of secrets and personal data, a model that judges, or a service of yours. An enforcer may ask a person or block; none of them is ever in the way of what agents send.</p>
      {mayMake ? <button type="button" className="button main" onClick={make}>New assessor</button> : <Missing needs={["admin"]} />}
    </div>
  );
}

function totalWords(assessors: readonly Assessor[]): string {
  const on = assessors.filter((one) => one.is_active).length;
  return `${count(assessors.length)} assessor${assessors.length === 1 ? "" : "s"}, ${count(on)} on`;
}
