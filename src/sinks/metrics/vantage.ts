// How the place is that everything is seen from, and what its trouble cost.
import { type OwnTrouble, ownTroubles } from '#model/reason.ts';
import { type Family, labelPairs, numeral } from './text.ts';

/** Asked for at each rendering. */
export interface VantageFigures {
  readonly ok: boolean;
  /** Each target of the self-check that has been asked. */
  readonly targets: readonly { readonly target: string; readonly ok: boolean }[];
  /** How long the latest self-check took; undefined before the first. */
  readonly checkSeconds: number | undefined;
  /** Results that wait for one. */
  readonly waiting: number;
  /** Results that were missing, since the process started. */
  readonly missing: ReadonlyMap<OwnTrouble, number>;
}

export function vantageFamilies({ ok, targets, checkSeconds, waiting, missing }: VantageFigures, vantage: string): readonly Family[] {
  const where = labelPairs({ vantage });
  const isKnown = !ok || targets.length > 0;
  return [
    family(
      'holter_vantage_up',
      '0 while Holter has trouble of its own; absent where no self-check could tell.',
      isKnown ? [[where, Number(ok)]] : [],
    ),
    family(
      'holter_self_check_success',
      'Whether the target of the self-check answered when it was asked last.',
      targets.map((one) => [labelPairs({ vantage, target: one.target }), Number(one.ok)]),
    ),
    family(
      'holter_self_check_duration_seconds',
      'How long the last self-check took.',
      checkSeconds === undefined ? [] : [[where, checkSeconds]],
    ),
    family('holter_self_check_waiting_results', 'Failures that wait for a self-check, and what came behind them.', [[where, waiting]]),
    family(
      'holter_missing_results_total',
      'Results that are missing and not failed, by what of our own stood in the way.',
      ownTroubles.map((trouble) => [labelPairs({ vantage, trouble }), missing.get(trouble) ?? 0]),
      'counter',
    ),
  ];
}

// oxlint-disable-next-line max-params -- four words of one line
function family(name: string, help: string, samples: readonly (readonly [string, number])[], type: Family['type'] = 'gauge'): Family {
  return { name, help, type, lines: () => samples.map(([labels, value]) => `${name}{${labels}} ${numeral(value)}\n`) };
}
