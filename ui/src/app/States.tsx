import type { ReactNode } from "react";
import { useState } from "react";
import { Missing } from "../access/Missing";
import { neededBy } from "../api/client";
import { toastError } from "../shell/toasts";
import { copyText } from "./clipboard";

export function ErrorState({ error, retry }: { error: Error; retry: () => void }) {
  const needs = neededBy(error);
  return (
    <div className="state" role="alert">
      <h2>{needs.length ? "You may not see this" : "This could not be loaded"}</h2>
      {needs.length ? <Missing needs={needs} /> : <p>{wordsOf(error)}</p>}
      <button type="button" className="button" onClick={retry}>Try again</button>
    </div>
  );
}

/** What fetch throws when nobody answers is each browser's own and says little. */
function wordsOf(error: Error): string {
  return error instanceof TypeError ? "The server does not answer. This goes on by itself when it is back." : error.message;
}

export function Skeleton({ rows = 12 }: { rows?: number }) {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => <div key={row} style={{ opacity: 1 - row / rows }} />)}
    </div>
  );
}

export function Copy({ text, label, children }: { text: string; label: string; children?: ReactNode }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await copyText(text);
    } catch (error) {
      return toastError(error, "Nothing was copied");
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 1_200);
  };
  return (
    <button type="button" className="copy" onClick={(event) => { event.stopPropagation(); void copy(); }} aria-label={label} title={label}>
      {children}
      <svg width="12" height="12" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
        {isCopied ? <path d="M3 8.5l3.5 3.5L13 4.5" /> : <><rect x="5.5" y="5.5" width="8" height="8" rx="1.5" /><path d="M10.5 5.5v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2" /></>}
      </svg>
    </button>
  );
}
