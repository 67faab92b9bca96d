/** Which permission it takes, and who can give it. */
export function Missing({ needs, where = "the workspace" }: { needs: readonly string[]; where?: string }) {
  return (
    <p data-testid="missing">
      It takes the permission {needs.map((need, place) => <span key={need}>{place > 0 && " or "}<code>{need}</code></span>)}. An admin of {where} can
      grant it under Settings, Members.
    </p>
  );
}
