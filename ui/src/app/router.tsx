import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect, retainSearchParams } from "@tanstack/react-router";
import { Entrance } from "../access/Entrance";
import { Home } from "../access/Gate";
import { ALL, readReference } from "../api/workspace";
import { readAgentSearch } from "../agents/agent_search";
import { readComparisonSearch, readExperimentsSearch } from "../experiments/experiment_search";
import { readAssessorSearch } from "../assessors/assessor_search";
import { readPolicySearch } from "../policies/policy_search";
import { SessionPage } from "../session/SessionPage";
import { readSessionSearch } from "../session/session_search";
import { readSearch } from "../sessions/list_search";
import { SessionsPage } from "../sessions/SessionsPage";
import { NotFound, PageFault } from "../shell/NotFound";
import { readAlertSearch } from "../signals/alert_search";
import { readSignalSearch } from "../signals/signal_search";
import { readTaskSearch } from "../tasks/task_search";

/** The workspace stands in every address; without it the server's choice is meant. */
export interface RootSearch { workspace?: string }
const root = createRootRoute({
  component: Entrance, notFoundComponent: NotFound,
  validateSearch: ({ workspace }: Record<string, unknown>): RootSearch => (workspace == null || workspace === "" ? {} : { workspace: String(workspace) }),
  search: { middlewares: [retainSearchParams<RootSearch>(["workspace"])] },
});
const home = createRoute({ getParentRoute: () => root, path: "/", component: Home });
export const sessionsRoute = createRoute({
  getParentRoute: () => root, path: "/sessions", component: SessionsPage, validateSearch: readSearch,
});
export const sessionRoute = createRoute({
  getParentRoute: () => root, path: "/sessions/$key", component: SessionPage, validateSearch: readSessionSearch,
  beforeLoad: ({ params, search }) => {
    const own = readReference(params.key);
    if (own && search.workspace === ALL) throw redirect({ to: "/sessions/$key", params: { key: own.id }, search: { ...search, workspace: own.workspace }, replace: true });
  },
});
const tasksRoute = createRoute({
  getParentRoute: () => root, path: "/tasks", validateSearch: readTaskSearch,
  component: lazyRouteComponent(() => import("../tasks/TasksPage"), "TasksPage"),
});
const taskRoute = createRoute({
  getParentRoute: () => root, path: "/tasks/$id",
  beforeLoad: ({ params, search }) => { throw redirect({ to: "/tasks", search: { ...search, task: params.id }, replace: true }); },
});
const agentsRoute = createRoute({
  getParentRoute: () => root, path: "/agents", validateSearch: readAgentSearch,
  component: lazyRouteComponent(() => import("../agents/AgentsPage"), "AgentsPage"),
});
const experimentsRoute = createRoute({
  getParentRoute: () => root, path: "/experiments", validateSearch: readExperimentsSearch,
  component: lazyRouteComponent(() => import("../experiments/ExperimentsPage"), "ExperimentsPage"),
});
const comparisonRoute = createRoute({
  getParentRoute: () => root, path: "/experiments/$id", validateSearch: readComparisonSearch,
  component: lazyRouteComponent(() => import("../experiments/ComparisonPage"), "ComparisonPage"),
});
const policiesRoute = createRoute({
  getParentRoute: () => root, path: "/policies", validateSearch: readPolicySearch,
  component: lazyRouteComponent(() => import("../policies/PoliciesPage"), "PoliciesPage"),
});
const assessorsRoute = createRoute({
  getParentRoute: () => root, path: "/assessors", validateSearch: readAssessorSearch,
  component: lazyRouteComponent(() => import("../assessors/AssessorsPage"), "AssessorsPage"),
});
const settingsRoute = createRoute({
  getParentRoute: () => root, path: "/settings", component: lazyRouteComponent(() => import("../access/settings/SettingsPage"), "SettingsPage"),
});
const settingsPages = [
  createRoute({ getParentRoute: () => settingsRoute, path: "/", beforeLoad: ({ search }) => { throw redirect({ to: "/settings/members", search, replace: true }); } }),
  createRoute({ getParentRoute: () => settingsRoute, path: "/members", component: lazyRouteComponent(() => import("../access/settings/MembersPage"), "MembersPage") }),
  createRoute({ getParentRoute: () => settingsRoute, path: "/roles", component: lazyRouteComponent(() => import("../access/settings/RolesPage"), "RolesPage") }),
  createRoute({ getParentRoute: () => settingsRoute, path: "/keys", component: lazyRouteComponent(() => import("../access/settings/KeysPage"), "KeysPage") }),
  createRoute({ getParentRoute: () => settingsRoute, path: "/workspaces", component: lazyRouteComponent(() => import("../access/settings/WorkspacesPage"), "WorkspacesPage") }),
] as const;

const signalsRoute = createRoute({
  getParentRoute: () => root, path: "/signals", validateSearch: readSignalSearch,
  component: lazyRouteComponent(() => import("../signals/SignalsPage"), "SignalsPage"),
});

const alertsRoute = createRoute({
  getParentRoute: () => root, path: "/signals/alerts", validateSearch: readAlertSearch,
  component: lazyRouteComponent(() => import("../signals/AlertsPage"), "AlertsPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([home, sessionsRoute, sessionRoute, tasksRoute, taskRoute, agentsRoute, signalsRoute, alertsRoute, experimentsRoute, comparisonRoute, policiesRoute, assessorsRoute, settingsRoute.addChildren(settingsPages)]),
  defaultPreload: "intent", defaultErrorComponent: PageFault,
});

declare module "@tanstack/react-router" {
  interface Register { router: typeof router }
}
