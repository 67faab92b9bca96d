import { expect, test } from "vitest";
import { type AgentStats, healthOf } from "./agent_health";
import { nextSort, rangeQuery, rowsOf, runtimeState, type Runtime } from "./agent_rows";
import { readAgentSearch } from "./agent_search";

const NOW = Date.parse("2026-06-15T12:00:00Z");
const agoMs = (ms: number) => new Date(NOW - ms).toISOString();
const HOUR = 3_600_000;
const stats = (part: Partial<AgentStats> = {}): AgentStats => ({
  agent_id: "a", sessions: 10, running: 0, failed: 0, error_count: 0, input_tokens: 0, output_tokens: 0, total_tokens: 0,
  cost_usd: null, mean_duration_ms: null, last_activity_at: agoMs(2 * HOUR), ...part,
});
const word = (ever: Partial<AgentStats>, lastDay?: Partial<AgentStats>, isNew = false) => healthOf(stats(ever), lastDay && stats(lastDay), isNew, NOW).word;

test("health is the first that holds: failing, active, new, stale, idle", () => {
  expect(word({ running: 1 }, { sessions: 4, failed: 1 })).toBe("error");
  expect(word({ running: 1 }, { sessions: 5, failed: 1 })).toBe("active");
  expect(word({ last_activity_at: agoMs(60_000) })).toBe("active");
  expect(word({}, {}, true)).toBe("new");
  expect(word({ last_activity_at: agoMs(8 * 24 * HOUR) })).toBe("stale");
  expect(word({ last_activity_at: null })).toBe("stale");
  expect(word({})).toBe("idle");
});

test("health says because of which numbers", () => {
  expect(healthOf(stats(), stats({ sessions: 4, failed: 2 }), false, NOW).because).toBe("2 of 4 sessions that began in the last 24 hours failed.");
  expect(healthOf(stats({ running: 1 }), undefined, false, NOW).because).toBe("One session is running.");
});

test("rows have the range's numbers and the health of now", () => {
  const chosen = [stats({ sessions: 4, failed: 1 })];
  const [row] = rowsOf({ chosen, ever: [stats({ running: 2 })], lastDay: [], before: [stats()] }, { range: "7d" }, NOW);

  expect(row).toMatchObject({ sessions: 4, failure_rate: 0.25, health: { word: "active" } });
});

test("only an agent without older sessions is new", () => {
  const counted = { chosen: [stats()], ever: [stats()], lastDay: [stats()], before: [stats()] };

  expect(rowsOf(counted, {}, NOW)[0]?.health.word).toBe("idle");
  expect(rowsOf({ ...counted, before: [] }, {}, NOW)[0]?.health.word).toBe("new");
});

test("columns sort both ways and what is unknown comes last", () => {
  const chosen = [stats({ agent_id: "a", cost_usd: null }), stats({ agent_id: "b", cost_usd: 1 }), stats({ agent_id: "c", cost_usd: 5 })];
  const names = (sort: string) => rowsOf({ chosen, ever: [], lastDay: [], before: chosen }, { sort }, NOW).map((row) => row.agent_id).join("");

  expect(names("-cost_usd")).toBe("cba");
  expect(names("cost_usd")).toBe("bca");
  expect(names("-agent_id")).toBe("cba");
});

test("a header goes through both orders and back", () => {
  expect(nextSort(undefined, "cost_usd")).toBe("-cost_usd");
  expect(nextSort("-cost_usd", "cost_usd")).toBe("cost_usd");
  expect(nextSort("cost_usd", "cost_usd")).toBeUndefined();
  expect(nextSort(undefined, "agent_id")).toBe("agent_id");
  expect(nextSort(undefined, "last_activity_at")).toBe("last_activity_at");
});

test("a range counts back from now, and all has no bound", () => {
  expect(rangeQuery({ range: "24h" }, NOW).get("started_after")).toBe("2026-06-14T12:00:00.000Z");
  expect(rangeQuery({}, NOW).toString()).toBe("");
  expect(readAgentSearch({ range: "nonsense", sort: "-cost_usd", q: 7 })).toEqual({ sort: "-cost_usd", q: "7" });
});

test("a runtime listens, is lost or has ended", () => {
  const runtime = { ended_at: null, is_lost: false } as Runtime;

  expect([runtime, { ...runtime, is_lost: true }, { ...runtime, ended_at: agoMs(0), is_lost: true }].map(runtimeState)).toEqual(["listening", "lost", "ended"]);
});
