import { lazy, Suspense, useState } from "react";
import { Copy } from "../app/States";
import type { Part } from "../api/types";

const Markdown = lazy(() => import("./Markdown"));
const LONG_CHARS = 3_000;

/** What a message says, part by part. */
export function Parts({ parts, isPlain = false, isOpenReasoning = false }: { parts: Part[]; isPlain?: boolean; isOpenReasoning?: boolean }) {
  return <>{parts.map((part, place) => <OnePart key={place} part={part} isPlain={isPlain} isOpenReasoning={isOpenReasoning} />)}</>;
}

function OnePart({ part, isPlain, isOpenReasoning }: { part: Part; isPlain: boolean; isOpenReasoning: boolean }) {
  const content = typeof part.content === "string" ? part.content : "";
  if (part.type === "text") return <Text text={content} isPlain={isPlain} />;
  if (part.type === "reasoning") return <details className="reasoning" open={isOpenReasoning} data-testid="reasoning"><summary>Reasoning</summary><Text text={content} isPlain /></details>;
  if (part.type === "compaction") return <details className="reasoning"><summary>Summary of older messages</summary><Text text={content} isPlain={false} /></details>;
  if (part.type === "tool_call") return <p className="inline-call">→ <code>{String(part.name)}</code></p>;
  if (part.type === "tool_call_response") return <Value value={part.response} label="Result" />;
  if (part.type === "blob" && String(part.mime_type).startsWith("image/")) {
    return <img className="picture" alt="A picture in the message" src={`data:${String(part.mime_type)};base64,${content}`} />;
  }
  return <Value value={part} label={String(part.type ?? "part")} />;
}

export function Text({ text, isPlain }: { text: string; isPlain: boolean }) {
  const [isOpen, setOpen] = useState(text.length <= LONG_CHARS);
  const shown = isOpen ? text : `${text.slice(0, LONG_CHARS)}…`;
  return (
    <div className="text">
      {isPlain ? <p className="plain">{shown}</p> : <Suspense fallback={<p className="plain">{shown}</p>}><Markdown text={shown} /></Suspense>}
      {!isOpen && <button type="button" className="button subtle" onClick={() => setOpen(true)}>Show all {text.length.toLocaleString()} characters</button>}
    </div>
  );
}

/** A structure or text, as it is, cut where it would slow the page down. */
export function Value({ value, label }: { value: unknown; label: string }) {
  const [isOpen, setOpen] = useState(false);
  if (value == null || value === "") return null;
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const isLong = text.length > LONG_CHARS;
  return (
    <figure className="value">
      <figcaption>{label}<Copy text={text} label={`Copy ${label.toLowerCase()}`} /></figcaption>
      <pre tabIndex={0}>{isLong && !isOpen ? `${text.slice(0, LONG_CHARS)}…` : text}</pre>
      {isLong && !isOpen && <button type="button" className="button subtle" onClick={() => setOpen(true)}>Show all {text.length.toLocaleString()} characters</button>}
    </figure>
  );
}
