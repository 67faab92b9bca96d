import * as Menu from "@radix-ui/react-dropdown-menu";
import { chooseTheme, type Theme, THEMES, useTheme } from "./theme";

const TITLES: Record<Theme, string> = { system: "As the system", light: "Light", dark: "Dark" };

export function ThemeMenu() {
  const theme = useTheme();
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="icon-button" aria-label={`Theme: ${TITLES[theme]}`} title="Theme" data-testid="theme">
        <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.4" aria-hidden="true">
          <circle cx="8" cy="8" r="5.6" /><path d="M8 2.4a5.6 5.6 0 0 1 0 11.2z" fill="currentColor" />
        </svg>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content className="menu narrow" align="end" sideOffset={6}>
          <Menu.RadioGroup value={theme} onValueChange={(chosen) => chooseTheme(chosen as Theme)}>
            {THEMES.map((one) => (
              <Menu.RadioItem key={one} value={one} className="menu-item">
                <span className="tick" aria-hidden="true">{one === theme ? "✓" : ""}</span>{TITLES[one]}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}
