import { Link } from "@tanstack/react-router";
import { count } from "../format";
import { shareWords } from "./experiment_draft";
import { type ComparisonSearch, sessionsOf } from "./experiment_search";
import { type Comparison, variantName } from "./measure_words";

/** How many sessions each variant has in the range, and what it runs with. */
export function VariantCards({ found, search }: { found: Comparison; search: ComparisonSearch }) {
  const { experiment } = found;
  const declared = experiment.variants.filter((one) => one.is_declared).map((one) => ({ ...one, weight: String(one.weight ?? 0) }));
  return (
    <ul className="variant-cards" aria-label="Variants">
      {found.variants.map((one) => {
        const own = experiment.variants.find((other) => other.name === one.name);
        const place = declared.findIndex((other) => other.name === one.name);
        const config = own?.config && Object.keys(own.config).length > 0 ? own.config : null;
        return (
          <li key={one.name} className="variant-card" data-testid="variant-card" data-variant={one.name}>
            <h2>{variantName(one.name)}{one.name === found.baseline && <span className="baseline-tag">baseline</span>}</h2>
            <p>
              {one.sessions ? <Link to="/sessions" search={sessionsOf(experiment.id, one.name, search)} data-testid="variant-sessions">{count(one.sessions)} session{one.sessions === 1 ? "" : "s"}</Link> : "no sessions"}
              {one.open > 0 && <span className="none"> · {count(one.open)} open</span>}
              {place >= 0 && <span className="none"> · given to {shareWords(declared, place)}</span>}
              {own && !own.is_declared && experiment.status !== "undeclared" && <span className="none"> · not declared</span>}
            </p>
            {config && <details><summary>Configuration</summary><pre>{JSON.stringify(config, null, 2)}</pre></details>}
          </li>
        );
      })}
    </ul>
  );
}
