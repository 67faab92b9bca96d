// An assessor in words: what it is, what it looks for, and what it said.

import { count, duration } from "../format";
import type { Assessor, AssessorKind, Counts, Outcome, RecentAssessment } from "./assessor_types";

interface Told { title: string; about: string }

export const KINDS: Record<AssessorKind, Told> = {
  rule: { title: "Rule", about: "An expression in CEL over the trace, or a pattern in what was said." },
  detector: { title: "Detector", about: "Secrets and personal data, by the forms in which they are issued." },
  judge: { title: "Judge", about: "A model behind an OpenAI-compatible endpoint judges by criteria." },
  webhook: { title: "Webhook", about: "A service of yours is sent the trace and answers." },
};
export const ROLES: Record<Assessor["role"], Told> = {
  observer: { title: "Observer", about: "What it says is noted with the trace, and nothing follows from it." },
  enforcer: { title: "Enforcer", about: "What it says counts: of several enforcers the most restrictive. Escalating opens a review in the Work Center." },
};
export const OUTCOME_TITLES: Record<Outcome, string> = { allow: "allowed", escalate: "escalated", block: "blocked", failed: "failed" };
const TONES: Record<Outcome, string> = { allow: "ok", escalate: "warn", block: "bad", failed: "bad" };
const ANSWERS: Record<string, string> = { escalate: "Escalate", block: "Block" };
const MAX_NAMED = 4; // categories in a line

export const toneOf = (outcome: string) => TONES[outcome as Outcome] ?? "calm";

/** What it looks for, in a line. */
export function configWords(assessor: Pick<Assessor, "kind" | "config">): string {
  const config = assessor.config as Record<string, unknown>;
  switch (assessor.kind) {
    case "rule": return String(config.cel ?? `/${String(config.pattern ?? "")}/`);
    case "detector": return categoryWords(Array.isArray(config.categories) ? config.categories.map(String) : []);
    case "judge": return String(config.criteria ?? "");
    case "webhook": return String(config.url ?? "");
  }
}

export function optionWords(value: unknown): string {
  const text = String(value);
  return ANSWERS[text] ?? ROLES[text as Assessor["role"]]?.title ?? categoryTitle(text);
}

/** aws_access_key becomes AWS access key. */
export function categoryTitle(category: string): string {
  const words = category.replaceAll("_", " ").replace(/\b(aws|api|jwt|iban|ssn|us|url)\b/g, (word) => word.toUpperCase()).replace("github", "GitHub");
  return words[0] ? words[0].toUpperCase() + words.slice(1) : words;
}

function categoryWords(categories: readonly string[]): string {
  if (categories.length === 0) return "every secret and all personal data";
  const named = categories.slice(0, MAX_NAMED).map(categoryTitle).join(", ");
  return categories.length > MAX_NAMED ? `${named} and ${categories.length - MAX_NAMED} more` : named;
}

/** What was said: a word of ours, or a sender's own. */
export function saidWords(one: Pick<RecentAssessment, "intent" | "label" | "assessor_id">): { outcome: Outcome | null; words: string } {
  if (one.intent) return { outcome: one.intent, words: OUTCOME_TITLES[one.intent] };
  if (one.assessor_id) return { outcome: "failed", words: OUTCOME_TITLES.failed };
  return { outcome: null, words: one.label || "said nothing" };
}

export function totalOf(counts: Counts): number {
  return counts.allow + counts.escalate + counts.block + counts.failed;
}

/** How it does lately, for who hovers over its numbers. */
export function countWords(counts: Counts): string {
  const said = (["allow", "escalate", "block", "failed"] as const).filter((outcome) => counts[outcome] > 0).map((outcome) => `${count(counts[outcome])} ${OUTCOME_TITLES[outcome]}`);
  return [`${said.join(", ")} in 7 days`, counts.median_ms !== null ? `half took no longer than ${duration(counts.median_ms)}` : ""].filter(Boolean).join("; ");
}
