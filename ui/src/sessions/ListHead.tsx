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
  const href = (format: string) => `/api/v1/sessions/export?format=${format}&sort=${query.sort}${query.text && `&${query.text}`}`;
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
        <a className="button subtle" href={href("csv")} download aria-label="CSV: export this view" data-testid="export-csv">CSV</a>
        <a className="button subtle" href={href("jsonl")} download aria-label="JSONL: export this view" data-testid="export-jsonl">JSONL</a>
      </span>
      <button type="button" className="button subtle" onClick={refresh} aria-busy={isBusy} data-testid="refresh"><Icon name="refresh" /><span className="label">Refresh</span></button>
    </div>
  );
}
