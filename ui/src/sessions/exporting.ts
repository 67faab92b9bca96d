// Downloads without a dialog: whole sessions, one after the other, into one file.

import { errorOf, sessionPath } from "../api/client";

export function exportHref(key: string): string {
  return `/api/v1${sessionPath(key)}/export?format=jsonl`;
}

export async function downloadSessions(keys: readonly string[], name: string): Promise<void> {
  const parts: Blob[] = [];
  for (const key of keys) {
    const response = await fetch(exportHref(key));
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
