// Where an event's bar stands in the waterfall.

export interface Span { from: number; to: number }

/** The bar in percent of the session's time; a moment gets a sliver that can still be seen. */
export function bar(startedAt: string, endedAt: string | null, whole: Span): { left: number; width: number } {
  const width = Math.max(1, whole.to - whole.from);
  const start = Date.parse(startedAt);
  const end = endedAt ? Date.parse(endedAt) : whole.to;
  const left = clamp(((start - whole.from) / width) * 100);
  return { left, width: Math.max(0.35, clamp(((end - whole.from) / width) * 100) - left) };
}

function clamp(percent: number): number {
  return Math.min(99.65, Math.max(0, percent));
}
