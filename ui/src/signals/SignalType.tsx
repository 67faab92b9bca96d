import { nameOf, outcomeTone, toneOf } from "./signal_words";

export function SignalType({ type }: { type: string }) {
  return <span className={`signal-type tone-${toneOf(type)}`}>{nameOf(type)}</span>;
}

/** What came of what a signal asked for. */
export function Outcome({ outcome }: { outcome: string }) {
  if (!outcome) return null;
  return <span className={`signal-outcome tone-${outcomeTone(outcome)}`} title={outcome}>{outcome}</span>;
}
