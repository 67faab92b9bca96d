// What a signal and a policy decision say to a person.

import type { components } from "../api/schema";
import type { SessionSearch } from "../session/session_search";
import type { Signal } from "./signal_rows";

export type Decision = components["schemas"]["Decision"];
export type Tone = "ok" | "bad" | "warn" | "run" | "calm";

const TYPE_TONES: Record<string, Tone> = { guardrail: "warn", alert: "bad", control: "run", policy: "run" };
const STAGES: Record<string, string> = { at_ingest: "When events came in", pre_execution: "Before a step", on_error: "After an error", post_success: "After a step" };
const REASONS: Record<string, string> = {
  no_match: "No policy matched.",
  only_match: "It was the only one that matched.",
  higher_precedence: "It goes further than the others: cancel beats pause, pause beats approval, and approval beats telling.",
  higher_priority: "Several go equally far; it has the highest priority.",
};

export const toneOf = (type: string): Tone => TYPE_TONES[type] ?? "calm";
export const stageWord = (stage: string): string => STAGES[stage] ?? stage.replaceAll("_", " ");
export const reasonWord = (reason: string): string => REASONS[reason] ?? reason.replaceAll("_", " ");
export const nameOf = (word: string): string => word.replaceAll("_", " ");

export function policyOf(signal: Signal): string {
  return typeof signal.data.policy === "string" ? signal.data.policy : signal.policy_id.slice(0, 8);
}

export function outcomeTone(outcome: string): Tone {
  if (outcome.startsWith("refused")) return "bad";
  if (outcome === "waiting") return "warn";
  return outcome.startsWith("approved") || outcome === "asked" ? "ok" : "calm";
}

/** Where on its session's timeline a signal stands: it has an event of its own. */
export function eventOf(signal: Signal): string {
  return `signal:${signal.id}`;
}

export function toSignal(signal: Signal): SessionSearch {
  return { tab: "timeline", event: eventOf(signal) };
}

export interface Candidate { type: string; policyType: string; policyId: string; priority: string; message: string; params: Record<string, unknown>; isWinner: boolean }

/** What each policy that matched asked for. SDKs send what they like, so nothing is taken for granted. */
export function candidatesOf(decision: Decision): Candidate[] {
  const winner = decision.final_decision;
  let isFound = false;
  return decision.candidates.filter(isRecord).map((one) => {
    const isWinner: boolean = !isFound && isRecord(winner) && isSame(one, winner);
    isFound = isFound || isWinner;
    return {
      type: text(one.type), policyType: text(one.policy_type), policyId: text(one.policy_id), priority: text(one.priority), message: text(one.message),
      params: isRecord(one.params) ? one.params : {}, isWinner,
    };
  });
}

/** The last word of a decision, in a few words. */
export function finalWord(decision: Decision): string {
  if (decision.winning_type) return nameOf(decision.winning_type);
  const said = decision.final_decision?.type ?? decision.final_decision?.action;
  return typeof said === "string" ? nameOf(said) : "nothing";
}

/** Numbers without their tails: 0.30000000000000004 is 0.3 to a person. */
export function valueWord(value: unknown): string {
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

function isSame(one: Record<string, unknown>, winner: Record<string, unknown>): boolean {
  const names = ["type", "policy_id", "priority"].filter((name) => name in winner);
  return names.length > 0 && names.every((name) => one[name] === winner[name]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return value == null ? "" : typeof value === "string" ? value : JSON.stringify(value);
}
