import { expect, test } from 'vitest';
import { Options } from './options.ts';

const parse = (options: object) => Options.safeParse({ address: 'pbx.example.org:5060', ...options });

test('what is left out is the safest', () => {
  expect(parse({}).data).toMatchObject({ transport: 'udp', max_forwards: 0 });
});

test.each([
  [{ uri: 'sip:pbx.example.org' }],
  [{ uri: 'sip:trunk-7@[2001:db8::1]:5070;transport=tcp;lr' }],
  [{ transport: 'tls', uri: 'sips:pbx.example.org', tls: { insecure: true } }],
  [{ transport: 'wss', tls: {} }],
  [{ max_forwards: 70, alive: [] }],
  [{ alive: [200, 483, '6xx'] }],
  [{ transport: 'ws', path: '/ws?key=1', origin: 'https://phones.example.org' }],
])('%o is well', (options) => {
  expect(parse(options).success).toBe(true);
});

test.each([
  [{ transport: 'sctp' }],
  [{ tls: {} }],
  [{ transport: 'ws', tls: {} }],
  [{ uri: 'sips:pbx.example.org' }],
  [{ uri: 'pbx.example.org' }],
  [{ uri: 'sip:user:password@pbx.example.org' }],
  [{ uri: 'sip:pbx.example.org SIP/2.0\r\nX: y' }],
  [{ uri: 'sip:pbx.example.org>' }],
  [{ uri: 'sip:pbx.example.org?Route=x' }],
  [{ from: `sip:${'a'.repeat(255)}` }],
  [{ max_forwards: 71 }],
  [{ alive: [100] }],
  [{ alive: ['1xx'] }],
  [{ alive: 404 }],
  [{ transport: 'tls', path: '/ws' }],
  [{ origin: 'https://phones.example.org' }],
  [{ transport: 'ws', path: 'ws' }],
  [{ transport: 'ws', path: '/ws#part' }],
  [{ transport: 'ws', origin: 'two words' }],
  [{ transport: 'ws', address: 'a^b:80' }],
])('%o is a mistake', (options) => {
  expect(parse(options).success).toBe(false);
});
