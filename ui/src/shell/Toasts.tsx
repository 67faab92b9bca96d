import { useSyncExternalStore } from "react";
import { dismiss, hold, resume, shownToasts, undo, watchToasts } from "./toasts";

/** The region is always there, or a screen reader would miss the first one. */
export function Toasts() {
  const toasts = useSyncExternalStore(watchToasts, shownToasts);
  return (
    <div className="toasts" role="region" aria-label="Notifications" data-testid="toasts">
      <ul aria-live="polite" aria-relevant="additions">
        {toasts.map((one) => (
          <li key={one.id} className={`toast toast-${one.tone}`} data-testid="toast"
            onPointerEnter={() => hold(one.id)} onPointerLeave={() => resume(one.id)}
            onFocus={() => hold(one.id)} onBlur={() => resume(one.id)}>
            <span className="toast-words">{one.text}{one.detail && <small>{one.detail}</small>}</span>
            {one.undo && <button type="button" className="toast-undo" onClick={() => void undo(one)}>Undo</button>}
            <button type="button" className="toast-close" aria-label="Dismiss" onClick={() => dismiss(one.id)}>✕</button>
          </li>
        ))}
      </ul>
    </div>
  );
}
