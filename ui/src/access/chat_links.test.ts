import { expect, test } from "vitest";
import { chatLink } from "./chat_links";

test("a session and its agent are filled in as an address needs them", () => {
  expect(chatLink("https://chat.example/{agent}?s={session}", { session: "a:b/c d", agent: "support" })).toBe("https://chat.example/support?s=a%3Ab%2Fc%20d");
});

test("what is not known is left out, and where there is no place there is no address", () => {
  expect(chatLink("https://chat.example/?s={session}", {})).toBe("https://chat.example/?s=");
  expect(chatLink("", { session: "s" })).toBe("");
});
