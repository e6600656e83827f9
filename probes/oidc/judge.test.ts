import { describe, expect, test } from 'vitest';
import { isFailure, judgeKeys, judgeMetadata, judgeRefusal, judgeToken } from './judge.ts';

const issuer = 'https://login.example.org';
const metadata = { issuer, jwks_uri: `${issuer}/keys`, token_endpoint: `${issuer}/token` };
const said = (found: object) => (isFailure(found) ? `${found.reason}: ${found.message}` : 'ok');

test.each([
  ['all there is', metadata, 'ok'],
  [
    'another issuer',
    { ...metadata, issuer: `${issuer}/` },
    'content: discovery: the provider names another issuer than the one configured',
  ],
  ['no issuer', {}, 'content: discovery: the answer is not the metadata of a provider'],
  ['no object', [metadata], 'content: discovery: the answer is not the metadata of a provider'],
  ['no JSON', undefined, 'content: discovery: the answer is not the metadata of a provider'],
  ['keys nowhere', { ...metadata, jwks_uri: 'file:///etc/passwd' }, 'content: discovery: the metadata name no address of keys'],
])('metadata with %s', (_, body, expected) => {
  expect(said(judgeMetadata(body, issuer))).toBe(expected);
});

test('a token endpoint that is no address counts as none', () => {
  expect(judgeMetadata({ ...metadata, token_endpoint: 'https://user:password@login.example.org/' }, issuer)).toMatchObject({
    tokenEndpoint: '',
  });
});

test.each([
  ['one', { keys: [{ kty: 'EC' }] }, 'ok'],
  ['none', { keys: [] }, 'content: keys: no key is published'],
  ['what is no key', { keys: ['a', null] }, 'content: keys: no key is published'],
  ['no list', {}, 'content: keys: the answer is not a set of keys'],
])('keys: %s', (_, body, expected) => {
  expect(said(judgeKeys(body))).toBe(expected);
});

describe('tokens', () => {
  test('with a lifetime and scopes', () => {
    expect(judgeToken({ access_token: 'a', token_type: 'bearer', expires_in: 300, scope: 's' })).toEqual({
      value: 'a',
      expiresIn: 300,
      scope: 's',
    });
  });

  test.each([
    [{}],
    [{ access_token: '', token_type: 'Bearer' }],
    [{ access_token: 'a' }],
    [{ access_token: 'a', token_type: 'mac' }],
    [undefined],
  ])('%o is none', (body) => {
    expect(said(judgeToken(body))).toMatch(/^content: token: /);
  });
});

test.each([
  [{ error: 'invalid_client' }, 'auth'],
  [{ error: 'unauthorized_client' }, 'auth'],
  [{ error: 'invalid_scope' }, 'rejected'],
  [{ error: 'invalid_request', error_description: 'whatever' }, 'rejected'],
  [{ error: '<script>' }, undefined],
  [{}, undefined],
])('the refusal %o is %s', (body, reason) => {
  expect(judgeRefusal(body)?.reason).toBe(reason);
});
