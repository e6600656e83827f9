// The door: all that a probe kind may use of the house.
export type { Failure, Phase } from '#model/result.ts';
export type { FarEnd, Simulator } from '#model/simulator.ts';
export { address, duration, httpUrl, maybeSecret, parseAddress, reveal, s, secret } from '#schema/kit.ts';
export { Secret } from '#schema/secret.ts';
export { type Answer, type Expectations, HttpExpectations, unmetExpectation, unmetPattern } from './assert.ts';
export { defineProbe, type FactDeclaration, type ProbeContext, ProbeFailure, type ProbeKind } from './contract.ts';
export { exchangeDatagram } from './datagram.ts';
export { type Dialed, dial } from './dial.ts';
export { headerText } from './http.ts';
export type { HttpHeader, HttpRequest } from './http-message.ts';
export { type IssuedCertificate, issueCertificate } from './issue.ts';
export { type Listener, listenOnLoopback } from './listener.ts';
export { type Pattern, pattern } from './pattern.ts';
export { type FollowedReply, followHttp } from './redirect.ts';
export { nameServers } from './resolve.ts';
export { openStream, type Stream } from './stream.ts';
export { type CertificateFacts, type TlsFacts, type TlsOptions, tlsVersions } from './tls.ts';
export { TlsSettings, tlsOptionsOf } from './tls-options.ts';
