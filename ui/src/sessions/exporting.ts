// Downloads without a dialog: whole sessions, one after the other, into one file.

import { errorOf, sessionPath } from "../api/client";
import { addressOf } from "../api/workspace";

interface Exported { key: string; workspace_id: string }

export function exportHref(session: Exported): string {
  return addressOf(`${sessionPath(session.key)}/export?format=jsonl`, session.workspace_id);
}

export async function downloadSessions(sessions: readonly Exported[], name: string): Promise<void> {
  const parts: Blob[] = [];
  for (const session of sessions) {
    const response = await fetch(exportHref(session));
    if (!response.ok) throw await errorOf(response);
    parts.push(await response.blob());
  }
  save(new Blob(parts, { type: "application/jsonl" }), name);
}

export function fileName(keys: readonly string[]): string {
  const [only] = keys;
  return keys.length === 1 && only ? `session-${only.replace(/[^\w.-]+/g, "_").slice(0, 80)}.jsonl` : `sessions-${keys.length}.jsonl`;
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
