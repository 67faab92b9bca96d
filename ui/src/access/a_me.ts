// For tests: somebody with these permissions in these workspaces.

import type { Me } from "./me";
import type { Permission } from "./permissions";

export function aMe(grants: Record<string, Permission[]>): Me {
  return {
    auth: "password", chat_url: "", person: { id: "p", name: "ann@example.org", kind: "user" },
    workspaces: Object.entries(grants).map(([id, permissions]) => ({ id, name: id === "default" ? "" : id.toUpperCase(), permissions })),
  };
}
