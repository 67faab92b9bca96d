// Where the keyboard was before a dialog opened: the dialog gives it back when it closes.

const LAYERS = '[role="menu"], [role="dialog"], [role="alertdialog"]';
let last: HTMLElement | null = null;

/** Once, when the app starts. */
export function followFocus(): void {
  document.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLElement && !target.closest(LAYERS)) last = target;
  });
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    // A click beside everything leaves the focus nowhere; a menu or dialog that takes it does not.
    if (target === last && relatedTarget === null && document.hasFocus()) setTimeout(() => { if (document.activeElement === document.body) last = null; });
  });
}

/** For `onCloseAutoFocus` of a dialog that has no trigger of its own. What is gone meanwhile leaves it to the page. */
export function focusBack(event: Event): void {
  event.preventDefault();
  const place = last?.isConnected ? last : document.getElementById("main");
  place?.focus({ preventScroll: true });
}
