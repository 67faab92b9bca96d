// Which workspace the server is asked about, for every request of the app.

export const ALL = "*"; // each workspace that one may read
export const DEFAULT = "default"; // everybody who may enter it is taken there without naming it
const UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}";
const SPANNING = /^\/(sessions(\/export|\/facets)?(\?|$)|stats\/|search(\?|$)|live(\?|$))/; // what may be asked of all at once
const AT_HOME = new RegExp(`^/sessions/([a-z0-9][a-z0-9_-]{0,62})~(${UUID})(?=[/?]|$)`);
const REFERENCE = new RegExp(`^([a-z0-9][a-z0-9_-]{0,62})~(${UUID})$`);

export interface Asked {
  home: string;   // what the server takes when none is named
  shown: string;  // what the page is about, or ALL
  single: string; // for what cannot be asked of all at once
}
let asked: Asked = { home: DEFAULT, shown: DEFAULT, single: DEFAULT };

/** From now on requests are about this, unless they name another one. */
export function askAbout(next: Asked): void {
  asked = next;
}

/** Where to ask. Home needs no name, so that whoever has one workspace sees nothing of them. */
export function addressOf(path: string, workspace: string = asked.shown): string {
  if (workspace !== ALL) return named(path, workspace);
  const [whole, own, id] = AT_HOME.exec(path) ?? [];
  if (whole && own && id) return named(`/sessions/${id}${path.slice(whole.length)}`, own);
  return SPANNING.test(path) ? named(path, ALL) : named(path, asked.single);
}

function named(path: string, workspace: string): string {
  if (workspace === asked.home) return `/api/v1${path}`;
  return `/api/v1${path}${path.includes("?") ? "&" : "?"}workspace=${encodeURIComponent(workspace)}`;
}

/** An address to hand to somebody else, who may be at home elsewhere. */
export function withWorkspace(address: string, workspace: string): string {
  const [path, query] = address.split("?", 2);
  const search = new URLSearchParams(query);
  if (workspace === DEFAULT) search.delete("workspace");
  else search.set("workspace", workspace);
  return search.size ? `${path}?${search}` : (path ?? "");
}

/** What a session is called by where several workspaces are shown, in which keys may be the same. */
export function referenceOf(session: { id: string; key: string; workspace_id: string }, shown: string): string {
  return shown === ALL ? `${session.workspace_id}~${session.id}` : session.key;
}

/** The workspace and id of such a reference; null of a key. */
export function readReference(text: string): { workspace: string; id: string } | null {
  const [, workspace, id] = REFERENCE.exec(text) ?? [];
  return workspace && id ? { workspace, id } : null;
}
