// The names that the app has for what the server answers. Text is "" where unknown; times and numbers are null.
// schema.ts is made from the server's own description: `python scripts/openapi.py`, then `npm run types`.

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Agents = Schemas["Agents"];
export type AgentNode = Schemas["AgentNode"];
export type BlockRange = Schemas["BlockRange"];
export type Content = Schemas["Content"];
export type CalledSession = Schemas["SessionRow"] | Schemas["RestrictedSession"];
export type CalledSessionList = Schemas["CalledSessionList"];
export type Conversation = Schemas["Conversation"];
export type ConversationItem = Schemas["ConversationItem"];
export type EventDetail = Schemas["EventDetail"];
export type EventRow = Schemas["EventRow"];
export type EventWindow = Schemas["EventWindow"];
export type Facets = Schemas["Facets"];
export type Metrics = Schemas["Metrics"];
export type Overview = Schemas["Overview"];
export type Part = Schemas["Part"];
export type RestrictedSession = Schemas["RestrictedSession"];
export type Session = Schemas["SessionRow"];
export type SessionList = Schemas["SessionList"];
export type Status = Schemas["SessionStatus"];
