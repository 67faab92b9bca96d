import type { Experiment } from "./experiment_draft";

const WORDS: Record<Experiment["status"], readonly [tone: string, means: string]> = {
  running: ["run", "Whoever asks gets a variant"], draft: ["calm", "It assigns no variants yet"],
  stopped: ["faint", "It assigns no variants any more"], undeclared: ["warn", "Only sessions name it: it has no variants to assign"],
};

export function StatusWord({ status }: { status: Experiment["status"] }) {
  const [tone, means] = WORDS[status];
  return <span className={`pill pill-${tone}`} title={means} data-testid="experiment-status"><i aria-hidden="true" />{status}</span>;
}
