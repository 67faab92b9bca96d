// Numbers, times and money as people read them. An unknown value is an em dash, never a zero.

export const UNKNOWN = "—";
const whole = new Intl.NumberFormat("en-US");

export function count(value: number | null | undefined): string {
  return value == null ? UNKNOWN : whole.format(value);
}

/** 1 call, 2 calls. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** Why a cost is not whole. */
export function unpriced(calls: number): string {
  return `${counted(calls, "call")} ${calls === 1 ? "has" : "have"} no known price`;
}

/** 12,345 becomes 12.3k. */
export function short(value: number | null | undefined): string {
  if (value == null) return UNKNOWN;
  for (const [size, unit] of [[1e9, "B"], [1e6, "M"], [1e3, "k"]] as const) {
    if (value >= size * (size === 1e3 ? 1 : 0.9995)) return `${trimmed(value / size)}${unit}`; // 999,950 is 1M, not 1000k
  }
  return String(value);
}

function trimmed(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1).replace(/\.0$/, "");
}

export function money(value: number | null | undefined): string {
  if (value == null) return UNKNOWN;
  if (value === 0) return "$0";
  if (value < 0) return `-${money(-value)}`;
  if (value < 0.0001) return "<$0.0001";
  if (value < 0.99995) return `$${value.toFixed(4).replace(/0{1,2}$/, "")}`;
  return `$${value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

export function duration(ms: number | null | undefined): string {
  if (ms == null) return UNKNOWN;
  if (ms < 1) return ms === 0 ? "0 ms" : "<1 ms";
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 59.5) return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`;
  if (seconds < 60) return "1m 0s";
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${Math.floor(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** How long ago, for a glance; the exact time belongs into the title. */
export function ago(time: string | null, now: number): string {
  if (!time) return UNKNOWN;
  const seconds = Math.round((now - Date.parse(time)) / 1_000);
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  if (seconds < 30 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`;
  return new Date(time).toLocaleDateString(undefined, { year: "numeric", month: "short", day: "numeric" });
}

export function clock(time: string | null): string {
  if (!time) return UNKNOWN;
  return new Date(time).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

export function dateTime(time: string | null): string {
  if (!time) return UNKNOWN;
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** The person's zone, and exactly. */
export function exact(time: string | null): string {
  return time ? `${dateTime(time)}\n${time}` : "";
}
