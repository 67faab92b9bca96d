// The way back: from a session of one workspace to the list of all of them, if that is where somebody came from.

import { ALL } from "../api/workspace";

let isOfAll = false;

export function noteList(workspace: string): void {
  isOfAll = workspace === ALL;
}

export function listBefore(): { workspace?: string } {
  return isOfAll ? { workspace: ALL } : {};
}
