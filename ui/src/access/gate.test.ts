import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ALL } from "../api/workspace";
import { aMe } from "./a_me";
import { placeAt, placesOf, verdictOf } from "./gate";

const viewer = aMe({ a: ["sessions.page", "sessions.read"], b: ["sessions.page", "sessions.read", "admin"] });
const pageOnly = aMe({ a: ["sessions.page"] });
const worker = aMe({ a: ["tasks.complete"] });

describe("what stands at an address", () => {
  it("is the page for whoever may open and read it", () => {
    for (const path of ["/sessions", "/sessions/", "/sessions/some%2Fkey", "/tasks", "/agents", "/no-such-page"]) {
      expect(verdictOf(viewer, "a", path).kind).toBe("open");
    }
  });

  it("is a word on the page permission where that is missing, and nothing of it is in the navigation", () => {
    expect(verdictOf(worker, "a", "/sessions/x")).toMatchObject({ kind: "no-page", needs: ["sessions.page"] });
    expect(verdictOf(worker, "a", "/tasks").kind).toBe("open");
    expect(placesOf(worker, "a").map((place) => place.to)).toEqual(["/tasks"]);
  });

  it("is a word on reading where only the page is granted", () => {
    expect(verdictOf(pageOnly, "a", "/sessions")).toMatchObject({ kind: "no-reading", needs: ["sessions.read"] });
    expect(placesOf(pageOnly, "a").map((place) => place.to)).not.toContain("/tasks");
  });

  it("is a word on called sessions where a feed tells of them", () => {
    expect(verdictOf(viewer, "a", "/signals")).toMatchObject({ kind: "no-reading", needs: ["sessions.read_called"] });
    expect(verdictOf(pageOnly, "a", "/signals")).toMatchObject({ kind: "no-reading", needs: ["sessions.read"] });
  });

  it("is a choice where one page cannot show all workspaces", () => {
    expect(verdictOf(viewer, ALL, "/sessions").kind).toBe("open");
    expect(verdictOf(viewer, ALL, "/sessions/x").kind).toBe("one-only");
    expect(verdictOf(viewer, ALL, "/settings/keys")).toMatchObject({ kind: "one-only", choices: [{ id: "b" }] });
  });

  it("leaves the settings and the alerts to admins", () => {
    expect(verdictOf(viewer, "a", "/signals/alerts")).toMatchObject({ kind: "no-page", needs: ["admin"] });
    expect(verdictOf(viewer, "b", "/signals/alerts").kind).toBe("open");
    expect(verdictOf(viewer, "a", "/settings/members").kind).toBe("no-page");
    expect(verdictOf(viewer, "b", "/settings/members").kind).toBe("open");
  });
});

it("every page of the app is some place, so that none is open by oversight", () => {
  const routes = readFileSync(new URL("../app/router.tsx", import.meta.url), "utf8");
  const paths = [...routes.matchAll(/getParentRoute: \(\) => root, path: "([^"]+)"/g)].map(([, path]) => path ?? "");

  expect(paths.length).toBeGreaterThan(6);
  expect(paths.filter((path) => path !== "/" && !placeAt(path))).toEqual([]);
});
