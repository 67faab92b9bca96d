import { describe, expect, it } from "vitest";
import type { EventRow } from "../api/types";
import { errorsOnce, nextError } from "./timeline_filters";

const row = (event_id: string, at: string, phase = 0) => ({ event_id, at, phase }) as EventRow;
const errors = [row("a", "1"), row("b", "5"), row("c", "9")];

describe("going from error to error", () => {
  it("goes on from the open one", () => {
    expect(nextError(errors, "5", "b", 1)?.event_id).toBe("c");
    expect(nextError(errors, "5", "b", -1)?.event_id).toBe("a");
    expect(nextError(errors, "9", "c", 1)).toBeNull();
  });

  it("begins where the person looks", () => {
    expect(nextError(errors, "6", undefined, 1)?.event_id).toBe("c");
    expect(nextError(errors, undefined, undefined, 1)?.event_id).toBe("a");
  });

  it("counts a failed call once", () => {
    expect(errorsOnce([row("a", "1"), row("a", "2", 1)]).length).toBe(1);
  });
});
