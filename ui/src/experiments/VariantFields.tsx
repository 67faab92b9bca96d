import { type Faults, shareWords, type VariantDraft } from "./experiment_draft";
import { TypedField } from "./TypedField";

interface Props { variants: VariantDraft[]; faults: Faults; change: (variants: VariantDraft[]) => void }

/** The variants of the form. The first one is what the others are compared with. */
export function VariantFields({ variants, faults, change }: Props) {
  const put = (place: number, part: Partial<VariantDraft>) => change(variants.map((one, other) => (other === place ? { ...one, ...part } : one)));
  return (
    <fieldset className="variants-field">
      <legend>Variants <span className="none">the first is the baseline that the others are compared with</span></legend>
      {variants.map((one, place) => (
        <div key={one.key} className="variant-field" role="group" aria-label={`Variant ${place + 1}`} data-testid="variant-field">
          <TypedField label="Name" fault={faults[`name-${one.key}`]}>
            {(told) => <input type="text" {...told} value={one.name} maxLength={256} autoComplete="off" onChange={(event) => put(place, { name: event.target.value })} />}
          </TypedField>
          <TypedField label="Weight" fault={faults[`weight-${one.key}`]}>
            {(told) => (
              <span className="weight">
                <input type="text" {...told} inputMode="decimal" value={one.weight} autoComplete="off" onChange={(event) => put(place, { weight: event.target.value })} />
                <output htmlFor={told.id}>{shareWords(variants, place)}</output>
              </span>
            )}
          </TypedField>
          <button type="button" className="icon-button" disabled={variants.length === 1} aria-label={`Remove variant ${one.name || place + 1}`} onClick={() => change(variants.filter((_, other) => other !== place))}>✕</button>
          <TypedField label="Configuration, as JSON" fault={faults[`config-${one.key}`]} className="config">
            {(told) => <textarea className="mono" {...told} rows={2} value={one.config} spellCheck={false} placeholder={'{"model": "…", "temperature": 0.2}'} onChange={(event) => put(place, { config: event.target.value })} />}
          </TypedField>
        </div>
      ))}
    </fieldset>
  );
}
