import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { aboveAll } from "./api/query_clients";
import { router } from "./app/router";
import { followFocus } from "./shell/focus_back";
import { followTheme } from "./shell/theme";
import { Toasts } from "./shell/Toasts";
import "./tokens.css";
import "./app.css";
import "./shell/shell.css";

followTheme();
followFocus();

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={aboveAll}>
      <RouterProvider router={router} />
      <Toasts />
    </QueryClientProvider>
  </StrictMode>,
);
