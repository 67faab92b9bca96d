import { useEffect, type ReactNode } from "react";
import { Pill } from "../app/StatusPill";
import { Copy, ErrorState, Skeleton } from "../app/States";
import type { Content, EventDetail, Session } from "../api/types";
import { count, dateTime, duration, exact, money } from "../format";
import { isForApp } from "../shell/shortcuts";
import { BlockReader } from "./BlockReader";
import { CallsOut } from "./CallsOut";
import { switchFor } from "./content_missing";
import { costLines } from "./cost_lines";
import { Parts, Value } from "./Parts";
import { useEvent } from "./queries";
import type { SearchChange } from "./useSearchChange";
import { useSettled } from "./settled_status";

interface Props { session: Session; sessionKey: string; eventId: string; change: SearchChange; goTo: (at: string, eventId: string) => void }

export function EventPanel({ sessionKey, eventId, change, goTo }: Props) {
  const event = useEvent(sessionKey, eventId);
  useEffect(() => {
    const press = (key: KeyboardEvent) => { if (key.key === "Escape" && isForApp(key)) change({ event: null }); };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [change]);
  return (
    <aside className="event-panel" aria-label="Event" data-testid="event-panel">
      <button type="button" className="icon-button close" onClick={() => change({ event: null })} aria-label="Close">✕</button>
      {event.isPending ? <Skeleton rows={6} /> : event.isLoadingError ? <ErrorState error={event.error} retry={() => void event.refetch()} />
        : <Detail key={event.data.event_id} event={event.data} sessionKey={sessionKey} change={change} goTo={goTo} />}
    </aside>
  );
}

function Detail({ event, sessionKey, change, goTo }: { event: EventDetail; sessionKey: string } & Pick<Props, "change" | "goTo">) {
  const isPaired = event.pair !== null && event.ended_at !== null;
  const hasContent = event.input.length + event.output.length > 0;
  const missing = !hasContent && (event.type === "llm_call" || event.type === "tool_call") ? switchFor(event.scope) : null;
  const called = typeof event.details.called_conversation === "string" ? event.details.called_conversation : "";
  return (
    <>
      <h2><span className={`kind kind-${event.type}`}>{event.type.replaceAll("_", " ")}</span> {event.tool_name || event.name}</h2>
      <p className="ids"><code>{event.event_id}</code><Copy text={event.event_id} label="Copy the event id" /></p>
      {event.error && <p className="error-text" data-testid="event-error">{event.error_type && <b>{event.error_type}: </b>}{event.error}</p>}
      <dl className="facts">{factsOf(event).filter(([, value]) => value).map(([title, value]) => <div key={title}><dt>{title}</dt><dd>{value}</dd></div>)}</dl>
      <div className="panel-actions">
        {isPaired && <>
          <button type="button" className="button subtle" onClick={() => goTo(event.started_at, event.event_id)}>To its call</button>
          <button type="button" className="button subtle" onClick={() => goTo(event.ended_at!, event.event_id)} data-testid="to-result">To its result</button>
        </>}
        {event.parent_event_id && <button type="button" className="button subtle" onClick={() => change({ event: event.parent_event_id })}>Open what it is inside of</button>}
        {event.trace_id && <button type="button" className="button subtle" onClick={() => change({ tab: "traces", trace: event.trace_id }, true)}>Its trace</button>}
        {event.type === "llm_call" && <button type="button" className="button subtle" onClick={() => change({ tab: "context", call: event.event_id }, true)}>Its context</button>}
      </div>
      <CallsOut sessionKey={sessionKey} call={{
        callId: event.tool_call_id, eventId: event.event_id, at: event.started_at, durationMs: event.type === "tool_call" && event.status !== "waiting" ? event.duration_ms : null,
        isOpen: event.type === "tool_call" && event.status === "pending", said: outputText(event),
        ...(typeof event.details.task_id === "string" ? { taskId: event.details.task_id } : {}),
      }} />
      {called && <p className="none">It called the conversation <code>{called}</code>.</p>}
      <CostRule event={event} />
      {missing && <p className="note">The content was not captured. {missing.emitter} leaves it out until this is set: <code>{missing.how}</code></p>}
      <Contents title={event.type === "llm_call" ? "Request" : "Input"} list={event.input} sessionKey={sessionKey} />
      <Contents title={event.type === "llm_call" ? "Response" : "Output"} list={event.output} sessionKey={sessionKey} />
      {Object.keys(event.details).length > 0 && <Value value={event.details} label="Details" />}
      <details><summary>Everything else the sender said</summary>
        <Value value={event.attributes} label="Attributes" />
        <dl className="facts"><div><dt>Scope</dt><dd>{event.scope || "—"}</dd></div><div><dt>Source</dt><dd>{event.source}</dd></div><div><dt>Version</dt><dd>{event.version}</dd></div>
          {event.trace_id && <div><dt>Trace</dt><dd><code>{event.trace_id}</code><Copy text={event.trace_id} label="Copy the trace id" /></dd></div>}
          {event.tool_call_id && <div><dt>Tool call</dt><dd><code>{event.tool_call_id}</code><Copy text={event.tool_call_id} label="Copy the tool call id" /></dd></div>}</dl>
      </details>
    </>
  );
}

function outputText(event: EventDetail): string {
  return JSON.stringify(event.output.map((content) => content.truncated ? "" : content.value ?? content.parts)).slice(0, 20_000) + JSON.stringify(event.details);
}

function factsOf(event: EventDetail): [string, ReactNode][] {
  const isRouted = event.model_requested && event.model_used && event.model_requested !== event.model_used;
  const ofThese = [event.cache_read_tokens && `${count(event.cache_read_tokens)} read from cache`, event.cache_write_tokens && `${count(event.cache_write_tokens)} written to cache`, event.reasoning_tokens && `${count(event.reasoning_tokens)} reasoning`];
  const first = event.details.ttft_ms;
  return [
    ["Status", <SettledPill key="s" status={event.status} />],
    ["Started", <time key="t" title={exact(event.started_at)}>{dateTime(event.started_at)}</time>],
    ["Duration", event.ended_at ? duration(event.duration_ms) : "still open"],
    ["First token", typeof first === "number" ? duration(first) : ""],
    ["Agent", event.agent_id],
    ["Model", isRouted ? `${event.model_used} (asked for ${event.model_requested})` : event.model_used || event.model_requested],
    ["Provider", event.provider],
    ["Tokens", event.input_tokens == null && event.output_tokens == null ? "" : `${count(event.input_tokens)} in, ${count(event.output_tokens)} out`],
    ["of these", ofThese.filter(Boolean).join(", ")],
    ["Cost", event.cost_usd == null ? "" : money(event.cost_usd)],
  ];
}

/** The calls, rates and rule behind a cost. */
export function CostRule({ event }: { event: EventDetail }) {
  if (!event.cost_rule) return null;
  const lines = costLines(event);
  return (
    <details className="rule" data-testid="cost-rule"><summary>What made this cost {money(event.cost_usd)}</summary>
      {lines.length > 0 && (
        <table className="plain"><thead><tr><th>Tokens</th><th>Count</th><th>$ per million</th><th>Cost</th></tr></thead>
          <tbody>{lines.map((line) => <tr key={line.what}><th scope="row">{line.what}</th><td>{count(line.tokens)}</td><td>{line.rate}</td><td>{money(line.usd)}</td></tr>)}</tbody></table>
      )}
      <Value value={event.cost_rule} label="Rule" />
    </details>
  );
}

function Contents({ title, list, sessionKey }: { title: string; list: Content[]; sessionKey: string }) {
  if (list.length === 0) return null;
  return <section className="contents"><h3>{title}</h3>{list.map((content, place) => <Block key={`${content.hash}${place}`} content={content} sessionKey={sessionKey} />)}</section>;
}

function Block({ content, sessionKey }: { content: Content; sessionKey: string }) {
  const label = content.role || content.kind.replace("_", " ");
  return (
    <div className={`block block-${content.role || content.kind}`}>
      <b className="label">{label}{content.name && ` · ${content.name}`}</b>
      {content.truncated ? <BlockReader sessionKey={sessionKey} hash={content.hash} chars={content.text_chars} />
        : content.parts ? <Parts parts={content.parts} isPlain /> : <Value value={content.value} label={label} />}
    </div>
  );
}

function SettledPill({ status }: { status: string }) {
  return <Pill status={useSettled(status)} />;
}
