import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import { ErrorState, Skeleton } from "../app/States";
import { count } from "../format";
import { useNow } from "../shell/now";
import { useTitle } from "../shell/title";
import { useChannels } from "./alert_queries";
import { type AlertChange, cleaned, NEW } from "./alert_search";
import { ChannelForm } from "./ChannelForm";
import { ChannelList } from "./ChannelList";
import { Deliveries } from "./Deliveries";
import { SignalPlaces } from "./SignalPlaces";
import "./signals.css";
import "./alerts.css";

const route = getRouteApi("/signals/alerts");

export function AlertsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const now = useNow();
  const channels = useChannels();
  const change = useCallback<AlertChange>((part) => {
    void navigate({ search: (before) => cleaned({ ...before, ...part }), replace: true });
  }, [navigate]);
  useTitle("Alerts");
  const all = channels.data?.items ?? [];
  const edited = all.find((channel) => channel.id === search.edit) ?? null;
  const isEditing = channels.isSuccess && (search.edit === NEW || edited !== null);

  return (
    <div className="page alerts-page">
      <div className="list-head">
        <h1>Signals</h1>
        <SignalPlaces />
        <span className="total" data-testid="channel-total">{channels.data ? `${count(all.length)} channel${all.length === 1 ? "" : "s"}` : " "}</span>
        <span className="grow" />
        <button type="button" className="button main" disabled={!channels.isSuccess} onClick={() => change({ edit: NEW })} data-testid="new-channel">New channel</button>
      </div>
      <div className="alerts-scroll">
        {channels.isPending ? <Skeleton rows={4} /> : channels.isLoadingError ? <ErrorState error={channels.error} retry={() => void channels.refetch()} />
          : all.length === 0 ? <Empty make={() => change({ edit: NEW })} />
          : <><ChannelList channels={all} now={now} change={change} /><Deliveries search={search} change={change} channels={all} now={now} /></>}
      </div>
      {isEditing && <ChannelForm key={search.edit} channel={edited} canEmail={channels.data.can_email} close={() => change({ edit: undefined })} />}
    </div>
  );
}

function Empty({ make }: { make: () => void }) {
  return (
    <div className="state" data-testid="empty">
      <h2>Nobody is told yet</h2>
      <p>A channel forwards the signals that you choose to a webhook, or to people by e-mail, as they fire. What cannot be sent is tried again and never lost.</p>
      <button type="button" className="button main" onClick={make}>Make a channel</button>
    </div>
  );
}
