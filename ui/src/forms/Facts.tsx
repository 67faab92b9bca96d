import "./forms.css";
import { isSchema } from "./schema_form";

const SHORT_CHARS = 120;
const MAX_DEPTH = 2; // deeper parts are shown as JSON

/** A structure as names and values; with `before`, what is different is marked. */
export function Facts({ value, before, depth = 0 }: { value: unknown; before?: unknown; depth?: number }) {
  if (!isSchema(value)) return <One value={value} depth={depth} />;
  const entries = Object.entries(value);
  if (entries.length === 0) return <p className="about">There are none.</p>;
  return (
    <dl className="arguments" data-testid="arguments">
      {entries.map(([key, one]) => {
        const old = isSchema(before) ? before[key] : one;
        const isChanged = JSON.stringify(old) !== JSON.stringify(one);
        return (
          <div key={key} className={isChanged ? "changed" : ""}>
            <dt><code>{key}</code></dt>
            <dd>{isChanged && old !== undefined && <del><One value={old} depth={MAX_DEPTH} /></del>}<One value={one} depth={depth} /></dd>
          </div>
        );
      })}
    </dl>
  );
}

function One({ value, depth }: { value: unknown; depth: number }) {
  if (value === null || value === undefined) return <span className="none">nothing</span>;
  if (isSchema(value) && depth < MAX_DEPTH && Object.keys(value).length > 0) return <Facts value={value} depth={depth + 1} />;
  const compact = JSON.stringify(value);
  const text = typeof value === "string" ? value : compact.length > SHORT_CHARS ? JSON.stringify(value, null, 2) : compact;
  if (text === "") return <span className="none">empty</span>;
  return text.length > SHORT_CHARS || text.includes("\n") ? <pre tabIndex={0}>{text}</pre> : <span className={typeof value === "string" ? "" : "literal"}>{text}</span>;
}
