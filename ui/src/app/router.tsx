import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { readAgentSearch } from "../agents/agent_search";
import { SessionPage } from "../session/SessionPage";
import { readSessionSearch } from "../session/session_search";
import { readSearch } from "../sessions/list_search";
import { SessionsPage } from "../sessions/SessionsPage";
import { NotFound, PageFault } from "../shell/NotFound";
import { Shell } from "../shell/Shell";
import { readAlertSearch } from "../signals/alert_search";
import { readSignalSearch } from "../signals/signal_search";
import { readTaskSearch } from "../tasks/task_search";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const home = createRoute({
  getParentRoute: () => root, path: "/", beforeLoad: () => { throw redirect({ to: "/sessions" }); },
});
export const sessionsRoute = createRoute({
  getParentRoute: () => root, path: "/sessions", component: SessionsPage, validateSearch: readSearch,
});
export const sessionRoute = createRoute({
  getParentRoute: () => root, path: "/sessions/$key", component: SessionPage, validateSearch: readSessionSearch,
});
const tasksRoute = createRoute({
  getParentRoute: () => root, path: "/tasks", validateSearch: readTaskSearch,
  component: lazyRouteComponent(() => import("../tasks/TasksPage"), "TasksPage"),
});
const taskRoute = createRoute({
  getParentRoute: () => root, path: "/tasks/$id",
  beforeLoad: ({ params }) => { throw redirect({ to: "/tasks", search: { task: params.id }, replace: true }); },
});
const agentsRoute = createRoute({
  getParentRoute: () => root, path: "/agents", validateSearch: readAgentSearch,
  component: lazyRouteComponent(() => import("../agents/AgentsPage"), "AgentsPage"),
});

const signalsRoute = createRoute({
  getParentRoute: () => root, path: "/signals", validateSearch: readSignalSearch,
  component: lazyRouteComponent(() => import("../signals/SignalsPage"), "SignalsPage"),
});

const alertsRoute = createRoute({
  getParentRoute: () => root, path: "/signals/alerts", validateSearch: readAlertSearch,
  component: lazyRouteComponent(() => import("../signals/AlertsPage"), "AlertsPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([home, sessionsRoute, sessionRoute, tasksRoute, taskRoute, agentsRoute, signalsRoute, alertsRoute]),
  defaultPreload: "intent", defaultErrorComponent: PageFault,
});

declare module "@tanstack/react-router" {
  interface Register { router: typeof router }
}
