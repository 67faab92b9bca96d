import { createRootRoute, createRoute, createRouter, redirect } from "@tanstack/react-router";
import { SessionPage } from "../session/SessionPage";
import { readSessionSearch } from "../session/session_search";
import { readSearch } from "../sessions/list_search";
import { SessionsPage } from "../sessions/SessionsPage";
import { NotFound, Shell } from "./Shell";

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

export const router = createRouter({
  routeTree: root.addChildren([home, sessionsRoute, sessionRoute]), defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register { router: typeof router }
}
