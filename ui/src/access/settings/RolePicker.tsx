import { Skeleton } from "../../app/States";
import { useRoles } from "./queries";
import { BUILT_IN, toggled } from "./role_words";

/** Roles to tick; what they give adds up. */
export function RolePicker({ chosen, change }: { chosen: ReadonlySet<string>; change: (next: Set<string>) => void }) {
  const roles = useRoles();
  if (roles.isPending) return <Skeleton rows={3} />;
  const items = roles.data?.items ?? [];
  const gone = [...chosen].filter((name) => !items.some((role) => role.name === name));
  return (
    <fieldset className="ticks" data-testid="role-picker">
      <legend>Roles</legend>
      {roles.isError && <p className="error-text" role="alert">{roles.error.message}</p>}
      {items.map((role) => (
        <label key={role.name}>
          <input type="checkbox" checked={chosen.has(role.name)} onChange={() => change(toggled(chosen, role.name))} />
          <span><b>{role.name}</b><small>{BUILT_IN[role.name] ?? role.permissions.join(", ")}</small></span>
        </label>
      ))}
      {gone.map((name) => (
        <label key={name}><input type="checkbox" checked onChange={() => change(toggled(chosen, name))} /><span><b>{name}</b><small>This role is gone and gives nothing</small></span></label>
      ))}
    </fieldset>
  );
}
