import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeAnswer } from './judge.ts';
import { answerLimit, conversation, Options } from './options.ts';

const expectationOf = (options: object) => {
  const [exchange] = conversation(Options.parse({ address: 'a.example.org:1', ...options }));
  if (exchange?.expect === undefined) throw new Error('expects nothing');
  return exchange.expect;
};

test.each([
  [{ expect: 'b+' }, 'aab', 3],
  [{ expect: 'b+' }, 'aaa', 'more'],
  [{ expect: '.*' }, '', 'more'],
  [{ expect: 'ü' }, 'grün', 5],
  [{ expect_line: '^220 ' }, '220 ready\r\nmore', 11],
  [{ expect_line: '^220 .*y$' }, '220 ready\n', 10],
  [{ expect_line: '^220 ' }, '220 read', 'more'],
  [{ expect_line: '^220 ' }, '554 no\r\n220 later\r\n', 'wrong'],
  [{ expect_line: '^$' }, '\n', 1],
  [{ expect_exact: '+PONG' }, '+PO', 'more'],
  [{ expect_exact: '+PONG' }, '+PONG\r\n', 5],
  [{ expect_exact: '+PONG' }, '-', 'wrong'],
  [{ expect_hex: '2b 50 4F' }, '+PO', 3],
])('%o of %j is %j', (options, text, judgement) => {
  expect(judgeAnswer(Buffer.from(text), expectationOf(options))).toBe(judgement);
});

test('what is wrong stays wrong with more bytes, and what is well stays well', () => {
  const expectations = [{ expect_line: 'a' }, { expect_exact: 'ab' }, { expect: 'a' }].map(expectationOf);
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 6 });
  fc.assert(
    fc.property(letters, letters, fc.constantFrom(...expectations), (head, tail, expectation) => {
      const first = judgeAnswer(Buffer.from(head), expectation);
      const later = judgeAnswer(Buffer.from(head + tail), expectation);
      return first === 'more' || (first === 'wrong' ? later === 'wrong' : later !== 'wrong' && later !== 'more');
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('an answer of the largest size that drips in is judged in time', () => {
  const expectation = expectationOf({ expect: '(a*)*b' });
  const bytes = Buffer.alloc(answerLimit, 'a');
  for (let length = 1; length <= answerLimit; length += 64) expect(judgeAnswer(bytes.subarray(0, length), expectation)).toBe('more');
});

describe('options', () => {
  test.each([
    ['a step that does nothing', { steps: [{}] }],
    ['two ways to send', { send: 'a', send_hex: '00' }],
    ['two things to expect', { expect: 'a', expect_line: 'b' }],
    ['steps beside a sending', { send: 'a', steps: [{ send: 'b' }] }],
    ['an expression that backtracks', { expect: '(a)\\1' }],
    ['half a byte', { send_hex: '0' }],
    ['a key that is not known', { sned: 'a' }],
    ['an address without a port', { address: 'a.example.org' }],
  ])('%s is a mistake', (_, options) => {
    expect(Options.safeParse({ address: 'a.example.org:1', ...options }).success).toBe(false);
  });

  test('an address alone is a conversation without a word', () => {
    expect(conversation(Options.parse({ address: 'a.example.org:1' }))).toEqual([]);
  });

  test('texts and hexadecimal are sent as they stand', () => {
    const options = Options.parse({ address: 'a.example.org:1', steps: [{ send: 'PING\r\n' }, { send_hex: '00 ff' }] });
    expect(conversation(options).map(({ send }) => send?.toString('hex'))).toEqual(['50494e470d0a', '00ff']);
  });
});
