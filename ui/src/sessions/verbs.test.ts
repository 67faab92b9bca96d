import { describe, expect, it } from "vitest";
import { type Actionable, offerOf, quickVerbs, UNDO } from "./verbs";

const session = (id: string, allowed: string[], refused: Record<string, string> = {}): Actionable =>
  ({ id, key: id, goal: "", status: "running", allowed_actions: allowed, refused_actions: refused });
const running = session("r", ["pause", "cancel", "escalate", "export"], { delete: "a session that is running cannot be deleted" });
const done = session("d", ["export", "archive", "delete"], { pause: "a session that is completed cannot be paused" });

describe("what selected sessions offer", () => {
  it("is what each of them allows", () => {
    expect(offerOf([running, done]).allowed).toEqual(["export"]);
    expect(offerOf([done]).allowed).toEqual(["export", "archive", "delete"]);
  });

  it("says why the rest is not, and for how many", () => {
    const { refused } = offerOf([running, done, done]);
    expect(refused.find(({ verb }) => verb === "pause")?.because).toBe("2 of 3: a session that is completed cannot be paused");
    expect(refused.find(({ verb }) => verb === "delete")?.because).toBe("1 of 3: a session that is running cannot be deleted");
  });

  it("gives the plain reason for one alone", () => {
    expect(offerOf([running]).refused.find(({ verb }) => verb === "delete")?.because).toBe("a session that is running cannot be deleted");
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
