// A round in which everything fails, and answers in the next: nobody's trouble.
import { describe, expect, test } from 'vitest';
import { alertsOf, installation, playRounds, type Rounds, roundsOf } from '../../../tests/support/rounds.ts';

const one = 'records/e1/socal';
const isOne = ({ id }: { readonly id: string }) => id === one;

/** One endpoint is suspicious: one more failure of its own pages. */
function suspicious(): Rounds {
  const play = roundsOf(installation(2));
  playRounds(play, 2880, () => false);
  for (let i = 0; i < 2; i += 1) {
    playRounds(play, 1, isOne);
    playRounds(play, 11, () => false);
  }
  expect(alertsOf(play.events)).toEqual([]);
  return play;
}

describe('an endpoint that is suspicious', () => {
  test('is paged at one more failure of its own', () => {
    const play = suspicious();
    expect(alertsOf(playRounds(play, 3, isOne)).map(({ labels }) => labels['endpoint'])).toEqual(['e1']);
  });

  test('is not paged when everything fails for a round, nor are its groups; its evidence is as before', () => {
    const play = suspicious();
    const before = play.state.endpoints.get(one)?.detector;
    const { failures, evidence } = structuredClone({ failures: before?.failures, evidence: before?.evidence });
    playRounds(play, 1, () => true);
    playRounds(play, 1, () => false);
    expect(alertsOf(play.events)).toEqual([]);
    const after = play.state.endpoints.get(one)?.detector;
    expect(after?.failures).toBe(failures);
    for (const [j, value] of after?.evidence.entries() ?? []) expect(value).toBeLessThanOrEqual(1.3 * (evidence?.[j] ?? 0) + 2);
    expect(alertsOf(playRounds(play, 60, () => false))).toEqual([]);
  });

  test('is paged when it goes on to fail after that round', () => {
    const play = suspicious();
    playRounds(play, 1, () => true);
    expect(alertsOf(playRounds(play, 5, isOne)).map(({ labels }) => labels['endpoint'])).toEqual(['e1']);
  });
});

test('rounds in which everything fails, one after the other with pauses, page nobody', () => {
  const play = roundsOf(installation(2));
  playRounds(play, 1000, () => false);
  for (let i = 0; i < 12; i += 1) {
    playRounds(play, 1, () => true);
    playRounds(play, 60, () => false);
  }
  expect(alertsOf(play.events)).toEqual([]);
});
