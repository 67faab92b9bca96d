// Which row of a long timeline stands at a time, found in a few windows.

import type { EventRow } from "../api/types";
import type { Span } from "./bars";

export type ReadWindow = (number: number) => Promise<readonly EventRow[]>;

/** The place of the event, or of the first row that is not before the time. */
export async function locate(at: string, eventId: string, total: number, size: number, read: ReadWindow, whole?: Span): Promise<number> {
  const time = Date.parse(at);
  let low = 0;
  let high = Math.max(0, Math.ceil(total / size) - 1);
  let from = whole?.from ?? NaN;
  let to = whole?.to ?? NaN;
  for (let step = 0; low < high; step += 1) {
    // Mostly events are spread evenly and the guess is close; every other step halves, for when they are not.
    const share = step % 2 === 0 && to > from ? (time - from) / (to - from) : 0.5;
    const middle = Math.min(high - 1, Math.max(low, Math.floor(low + (high - low) * share)));
    const rows = await read(middle);
    const [first, last] = [rows[0], rows.at(-1)];
    if (last && Date.parse(last.at) < time) {
      low = middle + 1;
      from = Date.parse(last.at);
    } else {
      high = middle;
      to = last ? Date.parse(last.at) : to;
      if (first && Date.parse(first.at) < time) low = middle;   // it stands inside this window
    }
  }
  // Many events can share one moment: it may stand in the next window.
  for (const number of eventId ? [low, low + 1] : []) {
    const place = number * size < total ? (await read(number)).findIndex((row) => row.event_id === eventId) : -1;
    if (place >= 0) return number * size + place;
  }
  const place = (await read(low)).findIndex((row) => Date.parse(row.at) >= time);
  return Math.min(Math.max(0, total - 1), low * size + Math.max(0, place));
}
