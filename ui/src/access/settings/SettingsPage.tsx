import { Link, Outlet } from "@tanstack/react-router";
import "./settings.css";

const PAGES = [
  { to: "/settings/members", title: "Members" },
  { to: "/settings/roles", title: "Roles" },
  { to: "/settings/keys", title: "API keys" },
  { to: "/settings/workspaces", title: "Workspaces" },
] as const;

/** What an admin decides about a workspace. */
export function SettingsPage() {
  return (
    <div className="settings">
      <div className="settings-side">
        <h1>Settings</h1>
        <nav aria-label="Settings">{PAGES.map((page) => <Link key={page.to} to={page.to} activeProps={{ "aria-current": "page" }}>{page.title}</Link>)}</nav>
      </div>
      <div className="settings-main"><Outlet /></div>
    </div>
  );
}
