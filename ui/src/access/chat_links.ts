// Where people talk to an agent: an address of theirs, with what it is about filled in.

export interface About { session?: string; agent?: string }

/** "" if there is no such place. What is not known is left out. */
export function chatLink(template: string, about: About): string {
  return template.replaceAll("{session}", encodeURIComponent(about.session ?? "")).replaceAll("{agent}", encodeURIComponent(about.agent ?? ""));
}
