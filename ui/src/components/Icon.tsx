const PATHS = {
  pause: "M5.5 3.5v9M10.5 3.5v9", resume: "M5 3.2l7.5 4.8L5 12.8z", cancel: "M4.5 4.5h7v7h-7z", return: "M6 4L2.8 7.2 6 10.4M3 7.2h6.2a3.6 3.6 0 0 1 0 7.2H8",
  escalate: "M8 13V3.5M4 7.3l4-4 4 4", reset: "M3.2 8a4.8 4.8 0 1 0 1.5-3.5M3 2.6v3.1h3.1", compact: "M8 1.8v4M5.8 4L8 6.2 10.2 4M8 14.2v-4M5.8 12L8 9.8l2.2 2.2M3 8h10",
  export: "M8 2.5v7.6M4.8 7.2L8 10.3l3.2-3.1M3 13.2h10", archive: "M2.5 3h11v3h-11zM3.5 6v7h9V6M6.5 8.6h3", unarchive: "M3.5 6.5v7h9v-7M8 10V2.4M5.3 5L8 2.3 10.7 5",
  delete: "M3 4.4h10M6.3 4V2.6h3.4V4M4.4 4.6l.6 8.8h6l.6-8.8M6.8 6.8v4.4M9.2 6.8v4.4", more: "M3.4 8h.01M8 8h.01M12.6 8h.01", peek: "M2.5 3h11v10h-11zM9.5 3v10",
  sliders: "M2.5 5h4.3M10.7 5h2.8M2.5 11h2.8M9.2 11h4.3M8.7 3.1a1.9 1.9 0 1 1 0 3.8 1.9 1.9 0 0 1 0-3.8M7.2 9.1a1.9 1.9 0 1 1 0 3.8 1.9 1.9 0 0 1 0-3.8",
  close: "M4 4l8 8M12 4l-8 8", right: "M6 3.5L10.5 8 6 12.5", down: "M3.5 6L8 10.5 12.5 6", up: "M3.5 10L8 5.5l4.5 4.5", columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10", star: "M8 2.2l1.8 3.7 4 .6-2.9 2.8.7 4L8 11.4l-3.6 1.9.7-4L2.2 6.5l4-.6z",
  refresh: "M12.8 8a4.8 4.8 0 1 1-1.5-3.5M13 2.6v3.1H9.900", chart: "M2.5 13.500h11M4.500 11V8M8 11V3.500M11.500 11V6", filter: "M2.500 3.500h11L9.300 8.700v4l-2.600-1.300V8.700z", open: "M9 2.800h4.200V7M13 3L7.500 8.500M11.500 9v4h-8.700V4.500H7", search: "M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9M10.300 10.300L13.500 13.500", tick: "M3 8.500l3.400 3.400L13 4.600", copy: "M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3", called: "M4 2.500v6h8M9.300 5.800L12 8.500l-2.700 2.700",
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 14 }: { name: IconName; size?: number }) {
  const isSolid = name === "resume" || name === "cancel";
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" fill={isSolid ? "currentColor" : "none"} stroke="currentColor"
      strokeWidth={name === "more" ? 2.4 : 1.4} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true"><path d={PATHS[name]} /></svg>
  );
}
