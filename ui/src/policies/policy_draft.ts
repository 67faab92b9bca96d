// A set of policies with changes that are not made yet: what it would be, and how to make it so.

import { BODY_NAMES, bodyOf, isSame, type Policy, type PolicyBody } from "./policy_types";

export interface PolicyDraft {
  changed: Readonly<Record<string, PolicyBody>>; // by id
  removed: readonly string[];
  added: readonly { id: string; body: PolicyBody }[];
}
export type RowState = "same" | "changed" | "removed" | "added";
export interface DraftRow { id: string; body: PolicyBody; before: PolicyBody | null; state: RowState }

export const UNCHANGED: PolicyDraft = { changed: {}, removed: [], added: [] };
const NEW = "draft-"; // ids of policies that are on no server

export const isNew = (id: string) => id.startsWith(NEW);

/** The set as it would be, by priority; what would go stays to be seen. */
export function rowsOf(policies: readonly Policy[], draft: PolicyDraft): DraftRow[] {
  const known = policies.map((policy): DraftRow => {
    const before = bodyOf(policy);
    const body = draft.changed[policy.id] ?? before;
    const state = draft.removed.includes(policy.id) ? "removed" : isSame(body, before) ? "same" : "changed";
    return { id: policy.id, body, before, state };
  });
  const added = draft.added.map(({ id, body }): DraftRow => ({ id, body, before: null, state: "added" }));
  return [...added, ...known].sort((one, other) => other.body.priority - one.body.priority);
}

export function countChanges(rows: readonly DraftRow[]): number {
  return rows.filter((row) => row.state !== "same").length;
}

export function keepChange(draft: PolicyDraft, id: string, body: PolicyBody): PolicyDraft {
  if (isNew(id)) return { ...draft, added: draft.added.map((one) => (one.id === id ? { id, body } : one)) };
  return { ...draft, changed: { ...draft.changed, [id]: body }, removed: draft.removed.filter((one) => one !== id) };
}

export function keepNew(draft: PolicyDraft, body: PolicyBody): PolicyDraft {
  const last = Math.max(0, ...draft.added.map((one) => Number(one.id.slice(NEW.length))));
  return { ...draft, added: [...draft.added, { id: `${NEW}${last + 1}`, body }] };
}

/** What is not there yet is gone at once. */
export function keepRemoval(draft: PolicyDraft, id: string): PolicyDraft {
  if (isNew(id)) return { ...draft, added: draft.added.filter((one) => one.id !== id) };
  return draft.removed.includes(id) ? draft : { ...draft, removed: [...draft.removed, id] };
}

/** As it is in force. */
export function forget(draft: PolicyDraft, id: string): PolicyDraft {
  const { [id]: _, ...changed } = draft.changed;
  return { changed, removed: draft.removed.filter((one) => one !== id), added: draft.added.filter((one) => one.id !== id) };
}

/** What the replay is asked with; each policy in force keeps its id, so that it is told from a new one. */
export function replaySet(rows: readonly DraftRow[]): (PolicyBody & { id?: string })[] {
  return rows.filter((row) => row.state !== "removed").map((row) => (row.before ? { id: row.id, ...row.body } : row.body));
}

/** Policies in the replay's answer are named by their ids, new ones by their place in the set that was sent. */
export function titlesOf(rows: readonly DraftRow[], title: (body: PolicyBody) => string): (id: string) => string {
  const sent = rows.filter((row) => row.state !== "removed");
  const known = new Map(rows.filter((row) => row.before).map((row) => [row.id, title(row.body)]));
  sent.forEach((row, place) => { if (!row.before) known.set(`new:${place}`, title(row.body)); });
  return (id) => known.get(id) ?? "";
}

export interface Batch { create: PolicyBody[]; change: ({ id: string } & Partial<PolicyBody>)[]; delete: string[] }

export function batchOf(rows: readonly DraftRow[]): Batch {
  return {
    create: rows.filter((row) => row.state === "added").map((row) => row.body),
    change: rows.filter((row) => row.state === "changed" && row.before).map((row) => ({ id: row.id, ...differenceOf(row.before!, row.body) })),
    delete: rows.filter((row) => row.state === "removed").map((row) => row.id),
  };
}

/** What takes the batch back. `answered` is what the server said to it: first what it created. */
export function inverseOf(rows: readonly DraftRow[], answered: readonly Policy[]): Batch {
  const added = rows.filter((row) => row.state === "added").length;
  return {
    create: rows.filter((row) => row.state === "removed" && row.before).map((row) => row.before!),
    change: rows.filter((row) => row.state === "changed" && row.before).map((row) => ({ id: row.id, ...differenceOf(row.body, row.before!) })),
    delete: answered.slice(0, added).map((policy) => policy.id),
  };
}

/** Only what differs; the type of a policy never does. */
export function differenceOf(before: PolicyBody, after: PolicyBody): Partial<PolicyBody> {
  const names = BODY_NAMES.filter((name) => name !== "type" && !isSame(before[name], after[name]));
  return Object.fromEntries(names.map((name) => [name, after[name]]));
}
