import { describe, expect, it } from "vitest";
import { confirmationOf } from "./confirmations";
import { type Actionable, needsConfirmation } from "./verbs";

const session = (goal: string): Actionable => ({ id: goal, workspace_id: "default", key: goal, goal, status: "idle", allowed_actions: [], refused_actions: {} });

describe("confirmations", () => {
  it("warn that deleting cannot be undone and offer to export first", () => {
    const words = confirmationOf("delete", [session("Refund")]);
    expect(words.title).toBe("Delete “Refund”?");
    expect(words.text.join(" ")).toContain("cannot be undone");
    expect(words.offersExport).toBe(true);
  });

  it("count what many sessions are", () => {
    expect(confirmationOf("reset", [session("a"), session("b")]).title).toBe("Reset 2 sessions?");
    expect(confirmationOf("delete", [session("a"), session("b")]).confirm).toBe("Delete 2 for good");
  });

  it("ask whether called sessions are canceled, too", () => {
    expect(confirmationOf("cancel", [session("a")]).choice?.name).toBe("cascade");
  });

  it("come before what one would regret, and not before an export", () => {
    expect((["delete", "reset", "compact", "cancel"] as const).every(needsConfirmation)).toBe(true);
    expect((["export", "pause", "resume", "archive"] as const).some(needsConfirmation)).toBe(false);
  });

  it("cut long goals", () => {
    expect(confirmationOf("reset", [session("x".repeat(200))]).title.length).toBeLessThan(80);
  });
});
