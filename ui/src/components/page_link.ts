/** The address of this page with something shown on it, in the workspace that is shown. */
export function pageLink(part: Record<string, string>): string {
  const link = new URL(location.pathname, location.origin);
  const workspace = new URLSearchParams(location.search).get("workspace");
  for (const [name, value] of Object.entries({ ...(workspace ? { workspace } : {}), ...part })) link.searchParams.set(name, value);
  return link.href;
}
