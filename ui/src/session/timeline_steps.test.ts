import { describe, expect, it } from "vitest";
import { nextPlace, openPlace } from "./timeline_steps";

const rows = [{ event_id: "call", phase: 0 }, { event_id: "other", phase: 0 }, { event_id: "call", phase: 1 }, { event_id: "end", phase: 0 }];

describe("steps on the timeline", () => {
  it("go on from a result and not from its call", () => {
    const seen: number[] = [];
    let open = 0;
    for (let step = 0; step < 3; step += 1) {
      open = nextPlace(openPlace(rows, rows[open]!.event_id, rows[open]!.phase), 1, rows.length, 0);
      seen.push(open);
    }
    expect(seen).toEqual([1, 2, 3]);
  });

  it("begin at what is in view and stop at both ends", () => {
    expect([nextPlace(-1, 1, 4, 2), nextPlace(3, 1, 4, 0), nextPlace(0, -1, 4, 0)]).toEqual([2, 3, 0]);
    expect([openPlace(rows, undefined, 0), openPlace(rows, "gone", 0), openPlace(rows, "call", 7)]).toEqual([-1, -1, 0]);
  });
});
