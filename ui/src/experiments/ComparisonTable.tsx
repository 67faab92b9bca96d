import * as Tooltip from "@radix-ui/react-tooltip";
import { Fragment } from "react";
import { count } from "../format";
import { differencesPlot, estimatesPlot, type Plot } from "./forest";
import {
  aboutOf, type ComparedVariant, type Comparison, differenceWords, type Estimate, GROUPS, groupOf, intervalWords, isNothing, isUnmeasured, type Measure, noteWords, readingOf, relativeWords, shortNote, titleOf, type Tone, valueWords, variantName,
} from "./measure_words";

const COLUMNS = 8;
interface Placed { measure: Measure; place: number }

/** For each measure its variants, one below the other on the same axes. */
export function ComparisonTable({ found }: { found: Comparison }) {
  const placed = found.measures.map((measure, place) => ({ measure, place }));
  const nothing = placed.filter(({ measure, place }) => isNothing(place, found.variants, measure));
  const unmeasured = placed.filter(({ place }) => isUnmeasured(place, found.variants));
  return (
    <Tooltip.Provider delayDuration={200}>
      <table className="forest" data-testid="comparison">
        <caption className="visually-hidden">Measures of each variant with 95 % intervals, and their difference from {variantName(found.baseline)}</caption>
        <thead>
          <tr>
            <th scope="col">Measure</th><th scope="col">Variant</th><th scope="col" className="number">Sessions</th>
            <th scope="col">Estimate, 95 % interval</th><th scope="col" className="plot-head"><span className="visually-hidden">Estimates drawn</span></th>
            <th scope="col">Against {variantName(found.baseline)}</th><th scope="col" className="plot-head"><span aria-hidden="true"><i>← lower</i><i>higher →</i></span><span className="visually-hidden">Differences drawn</span></th>
            <th scope="col">Reading</th>
          </tr>
        </thead>
        {GROUPS.map((group) => {
          const own = placed.filter((one) => groupOf(one.measure) === group);
          const shown = own.filter((one) => !nothing.includes(one) && !unmeasured.includes(one));
          return own.length > 0 && (
            <Fragment key={group}>
              <tbody className="group"><tr><th scope="rowgroup" colSpan={COLUMNS}>{group}
                <LeftOut words="none in any variant" measures={own.filter((one) => nothing.includes(one))} />
                <LeftOut words="not known of any session" measures={own.filter((one) => unmeasured.includes(one))} />
              </th></tr></tbody>
              {shown.map((one) => <MeasureRows key={one.measure.name} {...one} found={found} />)}
            </Fragment>
          );
        })}
      </table>
    </Tooltip.Provider>
  );
}

function LeftOut({ words, measures }: { words: string; measures: readonly Placed[] }) {
  if (measures.length === 0) return null;
  return <span className="none" data-testid="left-out"> · {words}: {measures.map(({ measure }) => titleOf(measure).toLowerCase()).join(", ")}</span>;
}

function MeasureRows({ measure, place, found }: Placed & { found: Comparison }) {
  const estimates = found.variants.flatMap((variant) => variant.estimates[place] ?? []);
  const baseline = estimates[found.variants.findIndex((variant) => variant.name === found.baseline)];
  const own = estimatesPlot(estimates);
  const differences = differencesPlot(estimates);
  if (!baseline) return null;
  return (
    <tbody data-testid="measure" data-measure={measure.name}>
      {found.variants.map((variant, row) => {
        const estimate = estimates[row];
        return estimate && (
          <tr key={variant.name} data-testid="measure-row" data-variant={variant.name}>
            {row === 0 && <th scope="rowgroup" rowSpan={found.variants.length} className="measure"><span>{titleOf(measure)}</span><small>{aboutOf(measure)}</small></th>}
            <VariantRow variant={variant} measure={measure} estimate={estimate} baseline={baseline} isBaseline={variant.name === found.baseline} own={own} differences={differences} row={row} />
          </tr>
        );
      })}
    </tbody>
  );
}

interface RowProps { variant: ComparedVariant; measure: Measure; estimate: Estimate; baseline: Estimate; isBaseline: boolean; own: Plot; differences: Plot; row: number }

function VariantRow({ variant, measure, estimate, baseline, isBaseline, own, differences, row }: RowProps) {
  const reading = isBaseline ? null : readingOf(measure, estimate, baseline);
  const difference = estimate.difference;
  const note = noteWords(measure, estimate);
  return (
    <>
      <th scope="row" className="variant">{variantName(variant.name)}</th>
      <td className="number">{count(estimate.n)}</td>
      <td className="estimate">
        <b>{valueWords(measure, estimate.estimate)}</b> {estimate.interval && <span className="ends">{intervalWords(measure, estimate.interval)}</span>}
        <small>{estimate.median !== null && estimate.n > 2 && <>median {valueWords(measure, estimate.median)} </>}{note && <Hint word={shortNote(estimate)} why={note} />}</small>
      </td>
      <td className="plot"><Bar plot={own} row={row} tone="calm" /></td>
      <td className="estimate">
        {isBaseline ? <span className="none">baseline</span> : difference ? (
          <>
            <b>{differenceWords(measure, difference.estimate)}</b> {difference.interval && <span className="ends">{intervalWords(measure, difference.interval, true)}</span>}
            <small>{relativeWords(measure, difference.estimate, baseline.estimate)}</small>
          </>
        ) : <span className="none">—</span>}
      </td>
      <td className="plot"><Bar plot={differences} row={row} tone={reading?.tone ?? "calm"} isBaseline={isBaseline} /></td>
      <td>{reading && (reading.why ? <Verdict {...reading} /> : <span className="none">{reading.word || "—"}</span>)}</td>
    </>
  );
}

function Bar({ plot, row, tone, isBaseline = false }: { plot: Plot; row: number; tone: Tone; isBaseline?: boolean }) {
  const mark = isBaseline ? null : plot.marks[row];
  return (
    <svg className={`forest-bar tone-${tone}`} aria-hidden="true">
      {plot.zero !== null && <line className="zero" x1={`${plot.zero}%`} x2={`${plot.zero}%`} y1="0" y2="100%" />}
      {mark?.hasInterval && <line className="range" x1={`${mark.low}%`} x2={`${mark.high}%`} y1="50%" y2="50%" />}
      {mark?.hasInterval && [mark.low, mark.high].map((end, place) => <line key={place} className="end" x1={`${end}%`} x2={`${end}%`} y1="34%" y2="66%" />)}
      {mark && <circle className={mark.hasInterval ? "at" : "at hollow"} cx={`${mark.at}%`} cy="50%" r="4" />}
    </svg>
  );
}

function Verdict({ word, tone, why }: { word: string; tone: Tone; why: string }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger className={`pill pill-${tone}`} data-testid="reading">{word}</Tooltip.Trigger>
      <Tooltip.Portal><Tooltip.Content className="tip" sideOffset={6}>{why}</Tooltip.Content></Tooltip.Portal>
    </Tooltip.Root>
  );
}

function Hint({ word, why }: { word: string; why: string }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger className="note-hint" data-testid="note">{word}</Tooltip.Trigger>
      <Tooltip.Portal><Tooltip.Content className="tip" sideOffset={6}>{why}</Tooltip.Content></Tooltip.Portal>
    </Tooltip.Root>
  );
}
