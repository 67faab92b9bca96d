import { useEffect, useState } from "react";
import { Pill } from "../app/StatusPill";
import { Copy, ErrorState, Skeleton } from "../app/States";
import type { Content, EventDetail } from "../api/types";
import { count, dateTime, duration, exact, money } from "../format";
import { switchFor } from "./content_missing";
import { Parts, Value } from "./Parts";
import { readBlock, useEvent } from "./queries";

export function EventPanel({ sessionKey, eventId, close }: { sessionKey: string; eventId: string; close: () => void }) {
  const event = useEvent(sessionKey, eventId);
  useEffect(() => {
    const press = (key: KeyboardEvent) => { if (key.key === "Escape") close(); };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [close]);
  return (
    <aside className="event-panel" aria-label="Event" data-testid="event-panel">
      <button type="button" className="icon-button close" onClick={close} aria-label="Close">✕</button>
      {event.isPending ? <Skeleton rows={6} /> : event.isError ? <ErrorState error={event.error} retry={() => void event.refetch()} />
        : <Detail event={event.data} sessionKey={sessionKey} />}
    </aside>
  );
}

function Detail({ event, sessionKey }: { event: EventDetail; sessionKey: string }) {
  const facts: [string, React.ReactNode][] = [
    ["Status", <Pill key="s" status={event.status} />],
    ["Started", <time key="t" title={exact(event.started_at)}>{dateTime(event.started_at)}</time>],
    ["Duration", event.ended_at ? duration(event.duration_ms) : "still open"],
    ["Agent", event.agent_id],
    ["Model", event.model_requested && event.model_requested !== event.model_used && event.model_used ? `${event.model_used} (asked for ${event.model_requested})` : event.model_used || event.model_requested],
    ["Provider", event.provider],
    ["Tokens", event.input_tokens == null && event.output_tokens == null ? "" : `${count(event.input_tokens)} in, ${count(event.output_tokens)} out`],
    ["of these", [event.cache_read_tokens && `${count(event.cache_read_tokens)} read from cache`, event.cache_write_tokens && `${count(event.cache_write_tokens)} written to cache`, event.reasoning_tokens && `${count(event.reasoning_tokens)} reasoning`].filter(Boolean).join(", ")],
    ["Cost", event.cost_usd == null ? "" : money(event.cost_usd)],
  ];
  const hasContent = event.input.length + event.output.length > 0;
  return (
    <>
      <h2><span className={`kind kind-${event.type}`}>{event.type.replace("_", " ")}</span> {event.tool_name || event.name}</h2>
      <p className="ids"><code>{event.event_id}</code><Copy text={event.event_id} label="Copy the event id" /></p>
      {event.error && <p className="error-text">{event.error_type && <b>{event.error_type}: </b>}{event.error}</p>}
      <dl className="facts">{facts.filter(([, value]) => value).map(([title, value]) => <div key={title}><dt>{title}</dt><dd>{value}</dd></div>)}</dl>
      {event.cost_rule && <details className="rule"><summary>What made this cost</summary><Value value={event.cost_rule} label="Rule" /></details>}
      {!hasContent && event.type === "llm_call" && <p className="note">The content was not captured. {switchFor(event.scope).emitter}: <code>{switchFor(event.scope).how}</code></p>}
      <Contents title="Input" list={event.input} sessionKey={sessionKey} />
      <Contents title="Output" list={event.output} sessionKey={sessionKey} />
      {Object.keys(event.details).length > 0 && <Value value={event.details} label="Details" />}
      <details><summary>Everything else the sender said</summary><Value value={event.attributes} label="Attributes" /></details>
    </>
  );
}

function Contents({ title, list, sessionKey }: { title: string; list: Content[]; sessionKey: string }) {
  if (list.length === 0) return null;
  return <section className="contents"><h3>{title}</h3>{list.map((content, place) => <Block key={place} content={content} sessionKey={sessionKey} />)}</section>;
}

function Block({ content, sessionKey }: { content: Content; sessionKey: string }) {
  const [text, setText] = useState<string | null>(null);
  const [next, setNext] = useState<number | null>(0);
  const more = async () => {
    const range = await readBlock(sessionKey, content.hash, next ?? 0);
    setText((known) => (known ?? "") + range.text);
    setNext(range.next_offset);
  };
  const label = content.role || content.kind.replace("_", " ");
  return (
    <div className={`block block-${content.role || content.kind}`}>
      <b className="label">{label}{content.name && ` · ${content.name}`}</b>
      {text != null ? <pre tabIndex={0}>{text}</pre> : content.parts ? <Parts parts={content.parts} isPlain /> : <Value value={content.value} label={label} />}
      {content.truncated && next != null && <button type="button" className="button subtle" onClick={() => void more()}>{text == null ? `Read all ${count(content.text_chars)} characters` : "Read on"}</button>}
    </div>
  );
}
