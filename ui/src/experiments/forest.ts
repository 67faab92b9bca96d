// Where intervals stand on a shared axis, in percent of its width.

import type { Estimate, Interval } from "./measure_words";

export interface Mark { low: number; high: number; at: number; hasInterval: boolean }
export interface Plot { marks: (Mark | null)[]; zero: number | null }

const MARGIN = 4; // percent that stay free at both ends

/** Each variant's own estimate. */
export function estimatesPlot(estimates: readonly Estimate[]): Plot {
  return plotOf(estimates.map((one) => ({ at: one.estimate, interval: one.interval })), []);
}

/** Each variant's difference from the baseline; zero is always on the axis. */
export function differencesPlot(estimates: readonly Estimate[]): Plot {
  return plotOf(estimates.map((one) => ({ at: one.difference?.estimate ?? null, interval: one.difference?.interval ?? null })), [0]);
}

function plotOf(points: readonly { at: number | null; interval: Interval | null }[], always: readonly number[]): Plot {
  const values = [...always, ...points.flatMap(({ at, interval }) => (at === null ? [] : [at, interval?.low ?? at, interval?.high ?? at]))];
  const low = Math.min(...values);
  const high = Math.max(...values);
  const place = (value: number) => (high === low ? 50 : MARGIN + ((value - low) / (high - low)) * (100 - 2 * MARGIN));
  return {
    zero: always.length ? place(0) : null,
    marks: points.map(({ at, interval }) => (at === null ? null : {
      at: place(at), low: place(interval?.low ?? at), high: place(interval?.high ?? at), hasInterval: interval !== null,
    })),
  };
}
