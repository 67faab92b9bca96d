// Channels and deliveries in the query cache, and what a person does to them.

import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { get, send } from "../api/client";
import { useLiveSignals } from "../api/live";
import type { components } from "../api/schema";
import { toast, toastError } from "../shell/toasts";
import { type AlertSearch, queryOf } from "./alert_search";
import type { ChangedChannel, Channel, ChannelList, Delivery, DeliveryList, NewChannel, Tested } from "./channel_draft";

const PAGE = 50;
const CHANNELS = ["alerts", "channels"];
const AFTER_SIGNAL_MS = 1_500; // by then it has mostly been sent
const AFTER_DUE_MS = 1_500;
const SOONEST_MS = 2_000;
const LATEST_MS = 3_600_000;
const FACET_LIMIT = "50";

export function useChannels() {
  return useQuery({ queryKey: CHANNELS, queryFn: ({ signal }) => get<ChannelList>("/alert-channels", signal), refetchOnWindowFocus: "always" });
}

export function useDeliveries(search: AlertSearch) {
  const filter = queryOf(search).toString();
  return useInfiniteQuery({
    queryKey: ["alerts", "deliveries", filter],
    queryFn: ({ pageParam, signal }) => get<DeliveryList>(`/alert-deliveries?limit=${PAGE}${filter && `&${filter}`}${pageParam && `&cursor=${encodeURIComponent(pageParam)}`}`, signal),
    initialPageParam: "", getNextPageParam: (page) => page.next_cursor, placeholderData: keepPreviousData, refetchOnWindowFocus: "always",
  });
}

/** Read again when a signal fired, and when the next try is due; never by the clock alone. */
export function useAlertNews(deliveries: readonly Delivery[]): void {
  const queries = useQueryClient();
  const pause = useRef<ReturnType<typeof setTimeout> | null>(null);
  const again = useCallback(() => void queries.invalidateQueries({ queryKey: ["alerts"] }), [queries]);
  useLiveSignals(useCallback(() => {
    pause.current ??= setTimeout(() => {
      pause.current = null;
      again();
    }, AFTER_SIGNAL_MS);
  }, [again]));
  useEffect(() => () => { if (pause.current) clearTimeout(pause.current); }, []);
  useEffect(() => {
    const due = deliveries.filter((one) => one.state === "waiting" && one.next_at).map((one) => Date.parse(one.next_at!));
    if (due.length === 0) return;
    let timer: ReturnType<typeof setTimeout>;
    const plan = (soonestMs: number) => {
      timer = setTimeout(() => {
        again();
        plan(soonestMs * 2); // the same answer again: it takes longer than was thought
      }, Math.min(LATEST_MS, Math.max(soonestMs, Math.min(...due) - Date.now() + AFTER_DUE_MS)));
    };
    plan(SOONEST_MS);
    return () => clearTimeout(timer);
  }, [deliveries, again]);
}

export function useSaveChannel() {
  const renew = useRenew();
  return useMutation({
    mutationFn: ({ id, sent }: { id: string; sent: ChangedChannel } | { id: null; sent: NewChannel }) =>
      send<Channel>(id ? "PATCH" : "POST", id ? `/alert-channels/${id}` : "/alert-channels", sent),
    onSuccess: renew,
  });
}

/** On and off undo each other. */
export function useSwitch() {
  const renew = useRenew();
  const put = (channel: Channel, isOn: boolean) => send<Channel>("PATCH", `/alert-channels/${channel.id}`, { is_enabled: isOn }).then(renew);
  return useMutation({
    mutationFn: (channel: Channel) => put(channel, !channel.is_enabled),
    onSuccess: (_, channel) => void toast(channel.is_enabled ? `${channel.name} is off: it hears of nothing` : `${channel.name} is on`, { undo: () => put(channel, channel.is_enabled) }),
    onError: (error) => toastError(error, "It was not changed"),
  });
}

export function useDropChannel() {
  const renew = useRenew();
  return useMutation({
    mutationFn: (channel: Channel) => send<undefined>("DELETE", `/alert-channels/${channel.id}`),
    onSuccess: async (_, channel) => {
      await renew();
      toast(`${channel.name} is deleted`);
    },
    onError: (error) => toastError(error, "It was not deleted"),
  });
}

export function useTestChannel() {
  return useMutation({ mutationFn: (id: string) => send<Tested>("POST", `/alert-channels/${id}/test`) });
}

export function useRetry() {
  const renew = useRenew();
  return useMutation({
    mutationFn: (id: string) => send<Delivery>("POST", `/alert-deliveries/${id}/retry`),
    onSuccess: async () => {
      await renew();
      toast("It is tried again now");
    },
    onError: async (error) => {
      toastError(error, "It was not tried again");
      await renew();
    },
  });
}

export function useEnvironments(): string[] {
  const facet = useQuery({
    queryKey: ["facets", "environment", ""],
    queryFn: ({ signal }) => get<components["schemas"]["Facets"]>(`/sessions/facets?${new URLSearchParams({ field: "environment", limit: FACET_LIMIT })}`, signal),
  });
  return (facet.data?.items ?? []).map((one) => one.value).filter(Boolean);
}

function useRenew() {
  const queries = useQueryClient();
  return useCallback(() => queries.invalidateQueries({ queryKey: ["alerts"] }), [queries]);
}
