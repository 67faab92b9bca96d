import { SearchBox } from "../shell/SearchBox";
import { useGroups } from "./open_tasks";
import { KINDS, type StatusChoice, STATUSES, type TaskSearch, toggled } from "./task_search";
import { KIND_TITLES } from "./task_words";

const STATUS_TITLES: Record<StatusChoice, string> = { open: "Open", completed: "Completed", canceled: "Canceled", expired: "Expired", all: "All" };

/** An undefined part is taken out of the URL. */
export type Change = (part: { [Name in keyof TaskSearch]?: TaskSearch[Name] | undefined }) => void;

export function TaskFilters({ search, change, changeWords }: { search: TaskSearch; change: Change; changeWords: (q: string) => void }) {
  const groups = useGroups();
  const offered = search.group && !groups.includes(search.group) ? [search.group, ...groups] : groups;
  return (
    <div className="filters" role="search">
      <SearchBox value={search.q ?? ""} change={changeWords} label="Search tasks" placeholder="Search title, instructions, session or workflow" />
      <div className="segments" role="group" aria-label="Status">
        {STATUSES.map((status) => (
          <button key={status} type="button" aria-pressed={(search.status ?? "open") === status}
            onClick={() => change({ status: status === "open" ? undefined : status })}>{STATUS_TITLES[status]}</button>
        ))}
      </div>
      {KINDS.map((kind) => (
        <button key={kind} type="button" className="chip" aria-pressed={search.kind?.includes(kind) ?? false} onClick={() => change({ kind: toggled(search.kind, kind) })}>{KIND_TITLES[kind]}</button>
      ))}
      <button type="button" className="chip" aria-pressed={search.mine ?? false} title="Claimed by you or meant for you" onClick={() => change({ mine: search.mine ? undefined : true })}>Mine</button>
      {offered.length > 0 && (
        <select aria-label="Group" value={search.group ?? ""} onChange={(event) => change({ group: event.target.value || undefined })}>
          <option value="">Every group</option>
          {offered.map((group) => <option key={group} value={group}>{group}</option>)}
        </select>
      )}
      {search.session && <button type="button" className="chip" aria-pressed="true" onClick={() => change({ session: undefined })}>Session<b>{search.session}</b> ✕</button>}
    </div>
  );
}
