import { type ReactNode, useId } from "react";

interface Told { id: string; "aria-invalid": boolean; "aria-describedby": string | undefined }

/** A label, what is typed, and what is wrong with it, which is no part of the label. */
export function TypedField({ label, fault, className = "", children }: { label: string; fault?: string | undefined; className?: string; children: (told: Told) => ReactNode }) {
  const id = useId();
  const described = fault ? `${id}-fault` : undefined;
  return (
    <div className={`typed-field ${className}`}>
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-invalid": Boolean(fault), "aria-describedby": described })}
      {fault && <span className="fault" id={described} data-testid="fault">{fault}</span>}
    </div>
  );
}
