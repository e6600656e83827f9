import { expect, test } from 'vitest';
import { realFolder, scoreReal } from './real.ts';

const folder = realFolder();
const where = folder === undefined ? ' (LEFT OUT: no folder shared/traces/real beside the repository)' : '';

test.skipIf(folder === undefined)(`histories of public services are judged sanely${where}`, () => {
  const score = scoreReal(folder as URL);
  expect(score.traces).toBeGreaterThanOrEqual(80);
  const { blip, outage, flapping } = score.labelled;
  if (blip === undefined || outage === undefined || flapping === undefined) throw new Error('a label is missing');
  // One failing check is no page by itself; it may be the one too many of a spell.
  expect(blip.pages / blip.episodes).toBeLessThan(0.03);
  expect((flapping.found + flapping.covered) / flapping.episodes).toBeGreaterThan(0.9);
  expect(flapping.pages / flapping.episodes).toBeLessThan(1.1);
  // Outages of one or two checks are within the grace of three.
  expect((outage.found + outage.covered) / outage.episodes).toBeGreaterThan(0.85);
  expect(outage.pages / outage.episodes).toBeLessThan(1.1);
  expect(score.quiet.pages / score.quiet.years).toBeLessThan(1);
});
