// Which row of a long timeline stands at a time, found in a few windows.

import type { EventRow } from "../api/types";

export type ReadWindow = (number: number) => Promise<readonly EventRow[]>;

/** The place of the event, or of the first row that is not before the time. */
export async function locate(at: string, eventId: string, total: number, size: number, read: ReadWindow): Promise<number> {
  const time = Date.parse(at);
  let low = 0;
  let high = Math.max(0, Math.ceil(total / size) - 1);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const last = (await read(middle)).at(-1);
    if (!last || Date.parse(last.at) >= time) high = middle;
    else low = middle + 1;
  }
  // Many events can share one moment: it may stand in the next window.
  for (const number of eventId ? [low, low + 1] : []) {
    const place = number * size < total ? (await read(number)).findIndex((row) => row.event_id === eventId) : -1;
    if (place >= 0) return number * size + place;
  }
  const place = (await read(low)).findIndex((row) => Date.parse(row.at) >= time);
  return Math.min(Math.max(0, total - 1), low * size + Math.max(0, place));
}
