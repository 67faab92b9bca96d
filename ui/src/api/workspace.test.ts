import { beforeEach, describe, expect, it } from "vitest";
import { addressOf, ALL, askAbout, DEFAULT, readReference, referenceOf, withWorkspace } from "./workspace";

const ID = "00000000-0000-5000-8000-000000000001";
const about = (shown: string) => askAbout({ home: "default", shown, single: "default" });

describe("where the server is asked", () => {
  beforeEach(() => about("default"));

  it("names no workspace to whoever is at home", () => {
    expect(addressOf("/sessions?limit=1")).toBe("/api/v1/sessions?limit=1");
    expect(addressOf("/tasks", "default")).toBe("/api/v1/tasks");
  });

  it("names the one that is shown, with every request", () => {
    about("team-b");

    expect(addressOf("/sessions")).toBe("/api/v1/sessions?workspace=team-b");
    expect(addressOf("/sessions/a%2Fb/events?limit=1")).toBe("/api/v1/sessions/a%2Fb/events?limit=1&workspace=team-b");
    expect(addressOf("/tasks/1", "default")).toBe("/api/v1/tasks/1");
  });

  it("asks all at once only what may be asked of all", () => {
    about(ALL);

    for (const path of ["/sessions", "/sessions?q=a", "/sessions/export?format=csv", "/sessions/facets?field=agent", "/stats/trends?bucket=day", "/search?q=a", "/live"]) {
      expect(addressOf(path)).toContain("workspace=*");
    }
    for (const path of ["/saved-views", "/sessions/exported", "/sessions/a/children", "/tasks?limit=1", "/searches"]) {
      expect(addressOf(path)).toBe(`/api/v1${path}`);
    }
  });

  it("finds a session in its own workspace while all are shown", () => {
    about(ALL);
    const reference = referenceOf({ id: ID, key: "k", workspace_id: "team-b" }, ALL);

    expect(addressOf(`/sessions/${encodeURIComponent(reference)}/events?limit=2`)).toBe(`/api/v1/sessions/${ID}/events?limit=2&workspace=team-b`);
    expect(addressOf(`/sessions/${encodeURIComponent(reference)}`)).toBe(`/api/v1/sessions/${ID}?workspace=team-b`);
    expect(readReference(reference)).toEqual({ workspace: "team-b", id: ID });
  });

  it("names the workspace in what is handed to others, except the default one", () => {
    expect(withWorkspace("/sessions/a%2Fb?tab=state", "team-b")).toBe("/sessions/a%2Fb?tab=state&workspace=team-b");
    expect(withWorkspace("/sessions/a?workspace=team-b", DEFAULT)).toBe("/sessions/a");
  });

  it("takes a key for a key, whatever it looks like", () => {
    about("team-b");

    expect(referenceOf({ id: ID, key: "k", workspace_id: "team-b" }, "team-b")).toBe("k");
    expect(addressOf(`/sessions/x~${ID}`)).toBe(`/api/v1/sessions/x~${ID}?workspace=team-b`);
    expect(readReference("agent:main~1")).toBeNull();
  });
});
