import { describe, expect, it } from "vitest";
import { settledStatus } from "./settled_status";

describe("the status of what never ended", () => {
  it("is pending while the session can still go on", () => {
    expect(settledStatus("pending", "running")).toBe("pending");
    expect(settledStatus("pending", "idle")).toBe("pending");
  });

  it("says that no result came once the session is over", () => {
    expect(["completed", "failed", "canceled", "abandoned"].map((over) => settledStatus("pending", over))).toEqual(Array(4).fill("no result"));
    expect(settledStatus("error", "failed")).toBe("error");
  });
});
