// Going from row to row with the arrow keys.

interface Row { event_id: string; phase: number }

/** Which of these rows is the open one. A call and its result are one event in two rows: the phase tells them apart. */
export function openPlace(rows: readonly (Row | undefined)[], eventId: string | undefined, phase: number): number {
  const exact = rows.findIndex((row) => row?.event_id === eventId && row?.phase === phase);
  return eventId === undefined ? -1 : exact >= 0 ? exact : rows.findIndex((row) => row?.event_id === eventId);
}

/** The place to go to; `first` is the first in view, for when none is open. */
export function nextPlace(open: number, by: number, total: number, first: number): number {
  return Math.min(total - 1, Math.max(0, open >= 0 ? open + by : first));
}

export function stepOf(key: string): 1 | -1 | null {
  return key === "ArrowDown" || key === "j" ? 1 : key === "ArrowUp" || key === "k" ? -1 : null;
}
