import { isSchema } from "./schema_form";

const SHORT_CHARS = 120;

/** A structure as names and values; with `before`, what is different is marked. */
export function Facts({ value, before }: { value: unknown; before?: unknown }) {
  if (!isSchema(value)) return <One value={value} />;
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
            <dd>{isChanged && old !== undefined && <del><One value={old} /></del>}<One value={one} /></dd>
          </div>
        );
      })}
    </dl>
  );
}

function One({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <span className="none">nothing</span>;
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  if (text === "") return <span className="none">empty</span>;
  return text.length > SHORT_CHARS || text.includes("\n") ? <pre tabIndex={0}>{text}</pre> : <span className={typeof value === "string" ? "" : "literal"}>{text}</span>;
}
