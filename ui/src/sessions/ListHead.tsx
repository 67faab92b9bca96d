import { useMay, useWorkspace } from "../access/AccessContext";
import { ChatLink } from "../access/ChatLink";
import { addressOf } from "../api/workspace";
import { Icon } from "../components/Icon";
import { count } from "../format";
import { ColumnMenu } from "./ColumnMenu";
import type { Change } from "./FilterBar";
import type { ClickOpens, ColumnChoice } from "./list_hooks";
import type { ListSearch } from "./list_search";
import type { ListQuery } from "./queries";
import { SavedViews } from "./SavedViews";

interface Props {
  total: number | undefined; waiting: number; isBusy: boolean; search: ListSearch; query: ListQuery; columns: ColumnChoice;
  clickOpens: ClickOpens; setClickOpens: (opens: ClickOpens) => void; change: Change;
  showNew: () => void; refresh: () => void; openView: (kept: ListSearch) => void;
}

export function ListHead({ total, waiting, isBusy, search, query, columns, clickOpens, setClickOpens, change, showNew, refresh, openView }: Props) {
  return (
    <div className="list-head">
      <span className="total" data-testid="total">{total == null ? " " : `${count(total)} session${total === 1 ? "" : "s"}`}</span>
      <span role="status" className="news-place">
        {waiting > 0 && <button type="button" className="news" onClick={showNew} data-testid="news"><Icon name="up" size={12} />{count(waiting)} new</button>}
      </span>
      <span className="grow" />
      <SavedViews search={search} columns={columns} openView={openView} />
      <button type="button" className="button subtle" aria-pressed={Boolean(search.trends)} onClick={() => change({ trends: (search.trends ? undefined : "volume") as never })} data-testid="trends-toggle"><Icon name="chart" /><span className="label">Trends</span></button>
      <ColumnMenu columns={columns} clickOpens={clickOpens} setClickOpens={setClickOpens} />
      <span className="export-pair">
        <Icon name="export" />
        <Export format="csv" query={query} /><Export format="jsonl" query={query} />
      </span>
      <ChatLink about={{}} label="Open the chat console" />
      <button type="button" className="button subtle" onClick={refresh} aria-busy={isBusy} data-testid="refresh"><Icon name="refresh" /><span className="label">Refresh</span></button>
    </div>
  );
}

function Export({ format, query }: { format: "csv" | "jsonl"; query: ListQuery }) {
  const workspace = useWorkspace();
  const mayExport = useMay("sessions.export");
  const title = format.toUpperCase();
  const label = `${title}: export this view`;
  if (!mayExport) {
    return <button type="button" className="button subtle" aria-disabled aria-label={`${label}: needs sessions.export`} title="needs sessions.export" data-testid={`export-${format}`}>{title}</button>;
  }
  const path = `/sessions/export?format=${format}&sort=${query.sort}${query.text && `&${query.text}`}`;
  return <a className="button subtle" href={addressOf(path, workspace)} download aria-label={label} data-testid={`export-${format}`}>{title}</a>;
}
