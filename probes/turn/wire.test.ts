// Keys and credentials of RFC 5769 2.4, RFC 8489 B.1 and the TURN REST API; requests as a server reads them.
import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { decodeStun, encodeStun, isSignedBy, type StunMessage, stunAttribute, stunRequest } from '#prober/door.ts';
import { challengeOf, encodeAllocate, encodeRelease, type Login, lifetimeOf, logIn, prepare, temporaryCredentials } from './wire.ts';

// The name and password of both standards, the password as SASLprep gives it.
const credentials = { username: 'マトリックス', password: 'TheMatrIX' };
const realm = Buffer.from('example.org');
const id = Buffer.from('78ad3433c6ad72c029da412e', 'hex');
const both = Buffer.from('0002000000010000', 'hex');

test('the request of RFC 5769 2.4 is signed with our key', () => {
  const sample = Buffer.from(
    '000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b90000' +
      '0015001c662f2f3439396b39353464364f4c33346f4c39465354767936347341' +
      '0014000b6578616d706c652e6f72670000080014f67024656dd64a3e02b8e0712e85c9a28ca89666',
    'hex',
  );
  const message = read(sample);
  const login = logInTo({ realm, nonce: Buffer.from('f//499k954d6OL34oL9FSTvy64sA') });
  expect(challengeOf(message)).toEqual({ realm, nonce: Buffer.from('f//499k954d6OL34oL9FSTvy64sA') });
  expect(isSignedBy(message, login.integrity)).toBe(true);
});

// The sample of RFC 8489 B.1 announces 20 bytes more than it has and is no whole message, but it is signed so.
test('the sample of RFC 8489 B.1 is signed with our key by SHA-256', () => {
  const signed = Buffer.from(
    '0001009c2112a44278ad3433c6ad72c029da412e001e00204a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704' +
      '001500296f624d61744a6f733241414143662f2f3439396b39353464364f4c33346f4c394653547679363473410000000014000b6578616d706c652e6f726700',
    'hex',
  );
  const { integrity } = logInTo({ realm, nonce: Buffer.from('any'), offered: both });
  expect(createHmac(integrity.hash, integrity.key).update(signed).digest('hex')).toBe(
    'e4686c8f0edeb59013e07090010a93efccbccc544c0a45d9f830aa6d6f735a01',
  );
});

test('where nothing is offered MD5 and SHA-1 are used, else the first algorithm that we know, with its list sent back', () => {
  const nonce = Buffer.from('n');
  expect(logInTo({ realm, nonce }).integrity).toMatchObject({ hash: 'sha1', key: expect.objectContaining({ length: 16 }) });
  const bySha = logInTo({ realm, nonce, offered: both });
  expect(bySha.integrity).toMatchObject({ hash: 'sha256', key: expect.objectContaining({ length: 32 }) });
  const byMd5 = logInTo({ realm, nonce, offered: Buffer.from('00010000', 'hex') });
  expect(byMd5.integrity).toMatchObject({ hash: 'sha256', key: expect.objectContaining({ length: 16 }) });
  const sent = read(encodeAllocate({ id, agent: 'Holter/1.2.3', login: bySha })).attributes;
  expect(sent.get(stunAttribute.passwordAlgorithms)).toEqual(both);
  expect(sent.get(stunAttribute.passwordAlgorithm)).toEqual(Buffer.from('00020000', 'hex'));
});

test('an unknown algorithm is passed over with its parameters; when there is no other we cannot log in', () => {
  const nonce = Buffer.from('n');
  expect(logInTo({ realm, nonce, offered: Buffer.from(`00090005${'01'.repeat(8)}00020000`, 'hex') }).integrity.hash).toBe('sha256');
  for (const offered of ['00090000', '', '0002', '0009ffff00020000'])
    expect(logIn(credentials, { realm, nonce, offered: Buffer.from(offered, 'hex') })).toBeUndefined();
});

test('a challenge needs a realm and a nonce', () => {
  const nonce = [stunAttribute.nonce, Buffer.from('n')] as const;
  expect(challengeWith(nonce)).toBeUndefined();
  expect(challengeWith([stunAttribute.realm, realm])).toBeUndefined();
  expect(challengeWith([stunAttribute.realm, realm], [stunAttribute.nonce, Buffer.alloc(0)])).toBeUndefined();
  expect(challengeWith([stunAttribute.realm, realm], nonce, [stunAttribute.passwordAlgorithms, both])).toEqual({
    realm,
    nonce: nonce[1],
    offered: both,
  });
});

test('a request asks for UDP, names us, and is signed behind all but the fingerprint', () => {
  const login = logInTo({ realm, nonce: Buffer.from('nonce') });
  const first = read(encodeAllocate({ id, agent: 'Holter/1.2.3' }));
  expect(first).toMatchObject({ type: stunRequest.allocate, id, software: 'Holter/1.2.3', sound: true });
  expect(first.attributes.get(stunAttribute.requestedTransport)).toEqual(Buffer.from([17, 0, 0, 0]));
  expect(first.attributes.has(stunAttribute.username)).toBe(false);
  const second = read(encodeAllocate({ id, agent: 'Holter/1.2.3', login }));
  expect(String(second.attributes.get(stunAttribute.username))).toBe(credentials.username);
  expect(isSignedBy(second, login.integrity)).toBe(true);
  expect(second.sound).toBe(true);
});

test('a release asks for a lifetime of zero', () => {
  const message = read(encodeRelease({ id, agent: 'Holter/1.2.3', login: logInTo({ realm, nonce: Buffer.from('nonce') }) }));
  expect(message.type).toBe(stunRequest.refresh);
  expect(lifetimeOf(message)).toBe(0);
});

test('temporary credentials: the name is the time of their end, the password its HMAC', () => {
  // The same as `printf %s 1433895918:holter | openssl dgst -sha1 -hmac north -binary | base64`.
  expect(temporaryCredentials('north', 'holter', 1_433_895_918)).toEqual({
    username: '1433895918:holter',
    password: 'fKfkTuQ5eK9m9p+v8mHsucnK0Jc=',
  });
});

test('names and passwords are prepared as OpaqueString; ASCII stays as it is', () => {
  expect(prepare({ username: 'holter', password: 'p4ss w0rd!' })).toEqual({ username: 'holter', password: 'p4ss w0rd!' });
  expect(prepare({ username: 'u\u0308ber', password: 'a\u00a0b\u3000c' })).toEqual({ username: 'über', password: 'a b c' });
  // Not SASLprep, which would make IX of the one sign.
  expect(prepare({ username: 'x', password: '\u2168' }).password).toBe('\u2168');
});

function read(bytes: Buffer): StunMessage {
  const message = decodeStun(bytes);
  if (message === undefined) throw new Error('no message');
  return message;
}

function challengeWith(...attributes: readonly (readonly [number, Buffer])[]) {
  return challengeOf(read(encodeStun({ type: 0x0113, id, attributes, fingerprint: false })));
}

function logInTo(challenge: Parameters<typeof logIn>[1]): Login {
  const login = logIn(credentials, challenge);
  if (login === undefined) throw new Error('no login');
  return login;
}
