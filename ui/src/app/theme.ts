// Light or dark: what the person chose here, else what the system says.

const KEY = "sojourn.theme";
type Theme = "light" | "dark";

function chosen(): Theme {
  const kept = localStorage.getItem(KEY);
  if (kept === "light" || kept === "dark") return kept;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function applyTheme(): void {
  document.documentElement.dataset.theme = chosen();
}

export function toggleTheme(): void {
  localStorage.setItem(KEY, chosen() === "dark" ? "light" : "dark");
  applyTheme();
}
