import { exact } from "../format";
import type { EventRow } from "../api/types";
import type { Span } from "./bars";

interface Props { whole: Span; view: Span | null; errors: EventRow[]; marks: EventRow[]; busy: Span[]; goTo: (at: string) => void }

/** The whole session on one line: where it worked, where it failed, where somebody stepped in, and what is in view. */
export function Minimap({ whole, view, errors, marks, busy, goTo }: Props) {
  const width = Math.max(1, whole.to - whole.from);
  const percent = (time: number) => Math.min(100, Math.max(0, ((time - whole.from) / width) * 100));
  return (
    <div className="minimap" data-testid="minimap" title="Go there"
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        goTo(new Date(whole.from + ((event.clientX - box.left) / box.width) * width).toISOString());
      }}>
      {busy.map((one, place) => <i key={place} className="mini-busy" style={{ left: `${percent(one.from)}%`, width: `${Math.max(0.15, percent(one.to) - percent(one.from))}%` }} />)}
      {marks.map((row) => <i key={row.event_id} className={`mini-mark mini-${row.type}`} style={{ left: `${percent(Date.parse(row.at))}%` }} title={`${row.type.replace("_", " ")}: ${row.preview || row.name}\n${exact(row.at)}`} />)}
      {errors.map((row) => <i key={row.event_id} className="mini-error" style={{ left: `${percent(Date.parse(row.at))}%` }} title={`${row.error || "error"}\n${exact(row.at)}`} />)}
      {view && <i className="mini-view" style={{ left: `${percent(view.from)}%`, width: `${Math.max(0.6, percent(view.to) - percent(view.from))}%` }} data-testid="minimap-view" />}
    </div>
  );
}
