import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Chart } from "./list_search";
import type { Trend } from "./trends";
import { valueWords } from "./TrendsPanel";

const HEIGHT = 168;

export default function TrendChart({ trend, chart }: { trend: Trend; chart: Chart }) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const [under, setUnder] = useState<number | null>(null);
  useEffect(() => {
    const box = place.current;
    if (!box) return;
    const plot = new uPlot(optionsOf(trend, chart, box, setUnder), [trend.times, ...trend.lines.map((line) => line.values)], box);
    const watcher = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT }));
    watcher.observe(box);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [trend, chart, theme]);
  const at = under == null ? undefined : trend.times[under];
  return (
    <>
      <div ref={place} className="trend-plot" aria-hidden="true" />
      <ul className="trend-legend">
        {trend.lines.map((line, number) => (
          <li key={line.label}><i style={{ background: `var(--series-${number + 1})` }} aria-hidden="true" />{line.label}
            {under != null ? <b>{valueWords(line.values[under] ?? null, chart)}</b> : line.total != null && <b>{valueWords(line.total, chart)}</b>}</li>
        ))}
        <li className="none">{at == null ? "" : new Date(at * 1_000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}</li>
      </ul>
    </>
  );
}

function optionsOf(trend: Trend, chart: Chart, box: HTMLElement, point: (under: number | null) => void): uPlot.Options {
  const styles = getComputedStyle(box);
  const colour = (name: string) => styles.getPropertyValue(name).trim();
  const isBars = trend.lines.length === 1 && chart !== "duration";
  const axis = { stroke: colour("--ink-3"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: `11px ${styles.fontFamily}` };
  return {
    width: box.clientWidth, height: HEIGHT, legend: { show: false }, padding: [8, 8, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { x: { time: true }, y: { range: (_, __, max) => [0, (max || 1) * 1.1] } },
    axes: [{ ...axis, grid: { show: false }, size: 40 }, { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => valueWords(tick, chart)) }],
    series: [{}, ...trend.lines.map((line, number) => ({
      label: line.label, stroke: colour(`--series-${number + 1}`), width: isBars ? 0 : 2, spanGaps: true, points: { show: trend.times.length < 3 },
      ...(isBars ? { fill: colour(`--series-${number + 1}`), paths: uPlot.paths.bars!({ size: [0.72, 44], radius: 0.15 }), points: { show: false } } : {}),
    }))],
    hooks: { setCursor: [(plot) => point(plot.cursor.idx ?? null)] },
  };
}

/** Canvas does not follow the style sheet by itself. */
function useTheme(): string {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme ?? "");
  useEffect(() => {
    const watcher = new MutationObserver(() => setTheme(document.documentElement.dataset.theme ?? ""));
    watcher.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => watcher.disconnect();
  }, []);
  return theme;
}
