import { createContext, type ReactNode, useCallback, useContext, useMemo } from "react";
import { type Me, mayIn } from "./me";
import type { MayIn, Permission } from "./permissions";

interface Access { me: Me; workspace: string; home: string }
const Context = createContext<Access | null>(null);

/** `workspace` is the one that is shown, or all of them. */
export function AccessProvider({ me, workspace, home, children }: Access & { children: ReactNode }) {
  const access = useMemo(() => ({ me, workspace, home }), [me, workspace, home]);
  return <Context value={access}>{children}</Context>;
}

export function useAccess(): Access {
  const access = useContext(Context);
  if (!access) throw new Error("nobody is known to have come in");
  return access;
}

/** The workspace that is shown; "*" for all. */
export function useWorkspace(): string {
  return useAccess().workspace;
}

/** Whether this person may do something in the workspace that is shown; for all of them, whether in any. */
export function useMay(permission: Permission): boolean {
  const { me, workspace } = useAccess();
  return mayIn(me, workspace, permission);
}

export function useMayIn(): MayIn {
  const { me } = useAccess();
  return useCallback((workspace: string, permission: Permission) => mayIn(me, workspace, permission), [me]);
}

/** What audits, tasks and statuses call me. */
export function useMyName(): string {
  return useAccess().me.person?.name ?? "";
}
