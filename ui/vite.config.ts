import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env.SOJOURN_URL ?? "http://127.0.0.1:7437";

export default defineConfig({
  plugins: [react()],
  build: { target: "es2022", chunkSizeWarningLimit: 700 },
  server: { proxy: { "/api": server, "/v1": server, "/openapi.json": server } },
});
