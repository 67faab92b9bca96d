import { expect, test } from "vitest";
import { PLACES } from "./navigation";
import { everywhere } from "./shortcuts";

test("the sheet offers no key to a place that one may not open", () => {
  const rows = everywhere(PLACES.filter((place) => place.to === "/sessions")).rows.map(([keys]) => keys);

  expect(rows).toEqual(["g s", "?", "Esc"]);
  expect(everywhere(PLACES).rows).toHaveLength(PLACES.length + 2);
});
