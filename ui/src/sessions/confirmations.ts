// What a dialog says before something happens that one would regret.

import { type Actionable, LABELS, type Verb } from "./verbs";

export interface Confirmation {
  title: string;
  text: string[];
  confirm: string;
  isDangerous: boolean;
  offersExport: boolean;
  choice?: { name: "cascade"; label: string };
  question?: { name: "instructions" | "reason"; label: string; hint: string };
}

export function confirmationOf(verb: Verb, sessions: readonly Actionable[]): Confirmation {
  const one = sessions.length === 1 ? sessions[0] : undefined;
  const what = one ? `“${shortened(one.goal || one.key)}”` : `${sessions.length} sessions`;
  const [they, their] = one ? ["it", "its"] : ["they", "their"];
  const base = { isDangerous: verb !== "compact", offersExport: false };
  switch (verb) {
    case "delete":
      return {
        ...base, offersExport: true, title: `Delete ${what}?`, confirm: one ? "Delete for good" : `Delete ${sessions.length} for good`,
        text: ["This cannot be undone. Events, content and history are removed permanently; only a note that something was deleted, when and by whom stays.",
          `Export ${one ? "it" : "them"} first if anybody may need ${their} content later.`],
      };
    case "reset":
      return {
        ...base, title: `Reset ${what}?`, confirm: one ? "Reset" : `Reset ${sessions.length}`,
        text: [`The agent forgets everything said before: ${they} go${one ? "es" : ""} on with 0 messages in memory.`,
          "The record of the conversation stays here, with a marker where memory was cleared."],
      };
    case "compact":
      return {
        ...base, title: `Compact ${what}?`, confirm: one ? "Compact" : `Compact ${sessions.length}`,
        text: ["Older messages are replaced by a summary; the most recent turns stay as they are. Later calls use fewer tokens.",
          "The full conversation stays readable here, with a marker."],
        question: { name: "instructions", label: "What should the summary keep?", hint: "optional, e.g. decisions and open questions" },
      };
    case "cancel":
      return {
        ...base, title: `Cancel ${what}?`, confirm: one ? "Cancel session" : `Cancel ${sessions.length} sessions`,
        text: [`No new tool call starts; calls in flight finish first. This is permanent: a canceled session cannot be resumed.`,
          "Open tasks of it are closed as canceled. Sessions it has called keep running, unless you choose otherwise."],
        choice: { name: "cascade", label: "Also cancel the sessions it has called" },
      };
    default:
      return { ...base, isDangerous: false, title: `${LABELS[verb]} ${what}?`, confirm: LABELS[verb], text: [] };
  }
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 58).trimEnd()}…` : text;
}
