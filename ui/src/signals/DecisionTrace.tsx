import { clock, exact } from "../format";
import { type Candidate, candidatesOf, type Decision, finalWord, nameOf, reasonWord, stageWord, valueWord } from "./signal_words";

/** Why policies came to what they came to: what was known, who asked for what, and what won. */
export function DecisionTrace({ decision, names, isOpen }: { decision: Decision; names: Map<string, string>; isOpen: boolean }) {
  const candidates = candidatesOf(decision);
  const context = Object.entries(decision.context);
  return (
    <li data-testid="decision">
      <details open={isOpen}>
        <summary>
          <span className="verdict-word" data-testid="final-decision">{finalWord(decision)}</span>
          <span className="none">{stageWord(decision.stage)} · {decision.matched_policy_count} matched</span>
          <span className="grow" />
          <time dateTime={decision.at ?? ""} title={exact(decision.at)}>{clock(decision.at)}</time>
        </summary>
        <p className="why" data-testid="decision-reason"><b>Why:</b> {reasonWord(decision.reason)}{decision.source && decision.source !== "sojourn" && <span className="none"> Decided by the SDK ({decision.source}).</span>}</p>
        <section aria-label="What was known"><h3>What was known</h3>
          {context.length === 0 ? <p className="none">Nothing was told.</p>
            : <dl className="known" data-testid="decision-context">{context.map(([name, value]) => <div key={name}><dt>{nameOf(name)}</dt><dd>{valueWord(value)}</dd></div>)}</dl>}
        </section>
        <section aria-label="Candidates"><h3>What each policy asked for</h3>
          {candidates.length === 0 ? <p className="none">No policy asked for anything.</p> : <Candidates candidates={candidates} names={names} />}
        </section>
        {decision.final_decision && Object.keys(decision.final_decision).length > 0 && (
          <details className="raw"><summary>The final decision as it was kept</summary><pre tabIndex={0}>{JSON.stringify(decision.final_decision, null, 2)}</pre></details>
        )}
      </details>
    </li>
  );
}

function Candidates({ candidates, names }: { candidates: Candidate[]; names: Map<string, string> }) {
  return (
    <div className="candidates">
      <table className="plain values" data-testid="candidates">
        <thead><tr><th scope="col">Asked for</th><th scope="col">Policy</th><th scope="col">Priority</th><th scope="col">Because</th></tr></thead>
        <tbody>{candidates.map((one, place) => (
          <tr key={place} className={one.isWinner ? "chosen" : ""} data-winner={one.isWinner}>
            <th scope="row">{nameOf(one.type) || "—"}{one.isWinner && <span className="won">won</span>}</th>
            <td>{names.get(one.policyId) || nameOf(one.policyType) || one.policyId.slice(0, 8) || "—"}</td>
            <td>{one.priority || "—"}</td>
            <td className="because-cell">{one.message || paramsOf(one) || "—"}</td>
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}

function paramsOf(one: Candidate): string {
  return Object.entries(one.params).map(([name, value]) => `${nameOf(name)} ${valueWord(value)}`).join(", ");
}
