// Writes the recorded set with the decisions of the detector as it is: node tests/backtest/record.ts. Review what changes as code.
import { writeFileSync } from 'node:fs';
import { judgeTrace } from '#core/detect/detect.ts';
import { geometric, random } from '../bench/detect/random.ts';
import { addHealth, faults, type Health } from '../bench/detect/traces.ts';
import { compress, eventsText } from './notation.ts';

const healthy = 2000;
const lasts = 500;
const after = 300;
const graceMs = 60_000;

interface Recipe {
  readonly id: string;
  readonly interval_s: number;
  readonly falsePages: number;
  readonly outcomes: string;
}

function text(outcomes: Uint8Array): string {
  return Array.from(outcomes, String).join('');
}

function faulty(seed: number, index: number): Recipe {
  const fault = faults[index] as (typeof faults)[number];
  const source = random(seed);
  const outcomes = new Uint8Array(healthy + lasts + after);
  addHealth(source, outcomes, 30, { rate: 1e-3, restarts: 'none', season: false });
  fault.apply(source, outcomes, healthy, healthy + lasts);
  return { id: `${fault.name}, seed ${seed}`, interval_s: 30, falsePages: 1, outcomes: text(outcomes) };
}

function well(seed: number, intervalS: number, health: Health): Recipe {
  const outcomes = new Uint8Array(Math.round((20 * 86_400) / intervalS));
  addHealth(random(seed), outcomes, intervalS, health);
  return { id: `healthy ${JSON.stringify(health)}, seed ${seed}`, interval_s: intervalS, falsePages: 1, outcomes: text(outcomes) };
}

/** With holes in it, as a prober that was away leaves them. */
function holed(recipe: Recipe, seed: number): Recipe {
  const source = random(seed);
  const outcomes = recipe.outcomes.split('');
  for (let i = geometric(source, 0.02); i < outcomes.length; i += 1 + geometric(source, 0.02)) {
    outcomes.fill('?', i, i + 1 + geometric(source, 0.3));
  }
  return { ...recipe, id: `${recipe.id}, with holes`, outcomes: outcomes.slice(0, recipe.outcomes.length).join('') };
}

const recipes = [
  ...faults.map((_fault, k) => faulty(100 + k, k)),
  ...[4, 5, 9].map((k) => holed(faulty(200 + k, k), 300 + k)),
  { ...faulty(401, 4), id: '30 % read at 10 s', interval_s: 10 },
  { ...faulty(402, 4), id: '30 % read at 300 s', interval_s: 300 },
  { ...faulty(403, 6), id: '10 %, a tenth of a false page a year', falsePages: 0.1 },
  well(501, 30, { rate: 1e-3, restarts: 'daily', season: false }),
  well(502, 30, { rate: 5e-3, restarts: 'weekly', season: true }),
  well(503, 10, { rate: 1e-4, restarts: 'daily', season: false }),
];
const lines = recipes.map(({ id, interval_s, falsePages, outcomes }) => {
  const { events } = judgeTrace({ id, interval_s, outcomes }, falsePages, graceMs);
  return JSON.stringify({ id, interval_s, falsePages, outcomes: compress(outcomes), events: eventsText(events) });
});
writeFileSync(new URL('recorded.jsonl', import.meta.url), `${lines.join('\n')}\n`);
