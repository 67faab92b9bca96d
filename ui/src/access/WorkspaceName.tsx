import { useAccess } from "./AccessContext";
import { nameOf } from "./me";

export function WorkspaceName({ id }: { id: string }) {
  const { me } = useAccess();
  return <span title={id} data-testid="in-workspace">{nameOf(me, id)}</span>;
}
