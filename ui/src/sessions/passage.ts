// A passage with the searched words told apart from the rest.

export interface Piece { text: string; isMatch: boolean }

const FIELD = /^\w+:/;

/** The words of a query that can stand in a passage: no filters; `text:` looks in content. */
export function searchedWords(q: string): string {
  return (q.match(/(?:\w+:)?"[^"]*"|\S+/g) ?? [])
    .flatMap((token) => (token.toLowerCase().startsWith("text:") ? [token.slice(5)] : FIELD.test(token) ? [] : [token]))
    .map((word) => word.replaceAll('"', "")).filter(Boolean).join(" ");
}

export function highlighted(passage: string, words: string): Piece[] {
  const wanted = words.split(/\s+/).filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (wanted.length === 0) return [{ text: passage, isMatch: false }];
  return fromMatch(passage, wanted).split(new RegExp(`(${wanted.join("|")})`, "gi"))
    .map((text, place) => ({ text, isMatch: place % 2 === 1 })).filter((piece) => piece.text);
}

const BEFORE = 12; // characters of context that fit before the first match

/** A line shows only the beginning: it begins shortly before what was searched. */
function fromMatch(passage: string, wanted: readonly string[]): string {
  const place = passage.search(new RegExp(wanted.join("|"), "i"));
  if (place <= BEFORE + 8) return passage;
  const cut = passage.slice(place - BEFORE);
  return `…${cut.replace(/^\S*\s(?=\S)/, "")}`;
}
