import { describe, expect, it } from "vitest";
import type { MayIn } from "../access/permissions";
import { type Actionable, offerOf, quickVerbs, UNDO } from "./verbs";

const session = (id: string, allowed: string[], refused: Record<string, string> = {}): Actionable =>
  ({ id, key: id, workspace_id: "default", goal: "", status: "running", allowed_actions: allowed, refused_actions: refused });
const everything: MayIn = () => true;
const running = session("r", ["pause", "cancel", "escalate", "export"], { delete: "a session that is running cannot be deleted" });
const done = session("d", ["export", "archive", "delete"], { pause: "a session that is completed cannot be paused" });

describe("what selected sessions offer", () => {
  it("is what each of them allows", () => {
    expect(offerOf([running, done], everything).allowed).toEqual(["export"]);
    expect(offerOf([done], everything).allowed).toEqual(["export", "archive", "delete"]);
  });

  it("says why the rest is not, and for how many", () => {
    const { refused } = offerOf([running, done, done], everything);
    expect(refused.find(({ verb }) => verb === "pause")?.because).toBe("2 of 3: a session that is completed cannot be paused");
    expect(refused.find(({ verb }) => verb === "delete")?.because).toBe("1 of 3: a session that is running cannot be deleted");
  });

  it("gives the plain reason for one alone", () => {
    expect(offerOf([running], everything).refused.find(({ verb }) => verb === "delete")?.because).toBe("a session that is running cannot be deleted");
  });

  it("leaves out what this person may not ask, and names the permission", () => {
    const noCancel: MayIn = (workspace, permission) => !(workspace === "other" && permission === "sessions.cancel");
    const elsewhere = { ...running, id: "e", workspace_id: "other" };

    expect(offerOf([running, elsewhere], noCancel).allowed).toEqual(["pause", "escalate", "export"]);
    expect(offerOf([elsewhere], noCancel).refused.find(({ verb }) => verb === "cancel")?.because).toBe("needs sessions.cancel");
    expect(offerOf([running, elsewhere], noCancel).refused.find(({ verb }) => verb === "cancel")?.because).toBe("1 of 2: needs sessions.cancel");
  });

  it("shows at most two quick actions, the most urgent first", () => {
    expect(quickVerbs(running)).toEqual(["pause", "cancel"]);
    expect(quickVerbs(session("p", ["cancel", "export", "resume"]))).toEqual(["resume", "cancel"]);
  });

  it("takes back only what can be taken back", () => {
    expect(UNDO.pause).toBe("resume");
    expect(UNDO.archive).toBe("unarchive");
    expect(UNDO.delete).toBeUndefined();
    expect(UNDO.cancel).toBeUndefined();
  });
});
