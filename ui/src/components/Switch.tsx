import "./grid_table.css";

/** On or off, at once. */
export function Switch({ isOn, change, label, isBusy = false }: { isOn: boolean; change: () => void; label: string; isBusy?: boolean }) {
  return (
    <button type="button" role="switch" aria-checked={isOn} aria-label={label} className="switch" disabled={isBusy} onClick={(event) => { event.stopPropagation(); change(); }}>
      <i aria-hidden="true" />
    </button>
  );
}
