import { useState } from "react";
import { Icon } from "../components/Icon";
import { ago, count, exact } from "../format";
import { Confirm } from "../shell/Confirm";
import { useDropChannel, useSwitch, useTestChannel } from "./alert_queries";
import type { AlertChange } from "./alert_search";
import { type Channel, matchWords, quietWords, targetOf, testWords } from "./channel_draft";
import { usePolicyNames } from "./queries";

export function ChannelList({ channels, now, change }: { channels: Channel[]; now: number; change: AlertChange }) {
  return <ul className="channels" aria-label="Alert channels">{channels.map((channel) => <One key={channel.id} channel={channel} now={now} change={change} />)}</ul>;
}

function One({ channel, now, change }: { channel: Channel; now: number; change: AlertChange }) {
  const policies = usePolicyNames();
  const test = useTestChannel();
  const turn = useSwitch();
  const [isDropping, setDropping] = useState(false);
  return (
    <li data-testid="channel" data-channel={channel.id} data-enabled={channel.is_enabled}>
      <div className="channel-main">
        <h3>{channel.name} <span className="kind">{channel.kind === "webhook" ? "webhook" : "e-mail"}</span>{channel.has_secret && <span className="kind" title="What it is sent is signed">signed</span>}</h3>
        <p className="target" title={targetOf(channel)}>{targetOf(channel)}</p>
        <p className="about"><span data-testid="channel-match">{matchWords(channel.match, policies)}</span> · {quietWords(channel.quiet_minutes)}</p>
      </div>
      <dl className="channel-numbers">
        <div><dt>Last sent</dt><dd>{channel.last_sent_at ? <time dateTime={channel.last_sent_at} title={exact(channel.last_sent_at)}>{ago(channel.last_sent_at, now)}</time> : <span className="none">never</span>}</dd></div>
        <div><dt>Waiting</dt><dd>{channel.waiting > 0 ? <button type="button" className="link" onClick={() => change({ channel: channel.id, state: "waiting" })}>{count(channel.waiting)}</button> : <span className="none">0</span>}</dd></div>
        <div><dt>Given up</dt><dd>{channel.failed > 0 ? <button type="button" className="link bad" onClick={() => change({ channel: channel.id, state: "failed" })}>{count(channel.failed)}</button> : <span className="none">0</span>}</dd></div>
      </dl>
      <div className="channel-tools">
        <button type="button" role="switch" aria-checked={channel.is_enabled} aria-label={`${channel.name} is on`} className="switch" disabled={turn.isPending} onClick={() => turn.mutate(channel)} data-testid="switch"><i aria-hidden="true" /><span aria-hidden="true">{channel.is_enabled ? "On" : "Off"}</span></button>
        <button type="button" className="button" disabled={test.isPending} onClick={() => test.mutate(channel.id)} data-testid="test">{test.isPending ? "Sending…" : "Send a test"}</button>
        <button type="button" className="button" onClick={() => change({ edit: channel.id })} data-testid="edit">Edit</button>
        <button type="button" className="icon-button" aria-label={`Delete ${channel.name}`} title="Delete" onClick={() => setDropping(true)} data-testid="delete"><Icon name="delete" /></button>
      </div>
      <p className="test-result" role="status">{test.isError ? <span className="bad">{test.error.message}</span> : test.data && <span className={test.data.is_sent ? "ok" : "bad"} data-testid="test-result">{testWords(test.data)}</span>}</p>
      {isDropping && <Drop channel={channel} close={() => setDropping(false)} />}
    </li>
  );
}

function Drop({ channel, close }: { channel: Channel; close: () => void }) {
  const drop = useDropChannel();
  const waiting = channel.waiting > 0 ? ` ${count(channel.waiting)} alert${channel.waiting === 1 ? "" : "s"} that ${channel.waiting === 1 ? "waits" : "wait"} will not be sent.` : "";
  return (
    <Confirm title={`Delete ${channel.name}?`} words={`It hears of no signal any more, and the record of what it was sent goes with it.${waiting} This cannot be taken back.`} yes="Delete the channel" tone="bad"
      isBusy={drop.isPending} close={close} confirm={() => drop.mutate(channel, { onSettled: close })} />
  );
}
