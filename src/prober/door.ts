// The door: all that a probe kind may use of the house.
export type { Failure } from '#model/result.ts';
export type { FarEnd, Simulator } from '#model/simulator.ts';
export { address, duration, httpUrl, maybeSecret, parseAddress, reveal, s, secret } from '#schema/kit.ts';
export { Secret } from '#schema/secret.ts';
export { type Answer, type Expectations, HttpExpectations, refusesClientCertificate, unmetExpectation, unmetPattern } from './assert.ts';
export { decodeBody } from './body.ts';
export { defineProbe, type FactDeclaration, type ProbeContext, ProbeFailure, type ProbeKind } from './contract.ts';

export { exchangeDatagram, type LocalEnd } from './datagram.ts';
export { type Dialed, dial, leaveWith, secure } from './dial.ts';

export { converse, pour, type Serve, type StreamFarEnd, streamSimulator, tlsSimulator } from './farend.ts';
export { datagramSimulator } from './farend-datagram.ts';
export { type HttpAnswer, type HttpQuestion, serveHttp } from './farend-http.ts';
export { closeFrame, type Frame, frame, opcode, serveWebSocket, upgradeAnswer } from './farend-websocket.ts';
export { HttpVisit, headerText } from './http.ts';
export type { HttpHeader, HttpReply, HttpRequest } from './http-message.ts';
export { askHttp, type StepOptions, type StepReply, statusFailure } from './http-step.ts';
export { type IssuedCertificate, issueCertificate } from './issue.ts';
export { askJson, type JsonReply, member } from './json-http.ts';
export { assertionAlgorithms, signAssertion, tokenTrouble } from './jwt.ts';
export type { Lent } from './lend.ts';
export { type Listener, listenOnLoopback } from './listener.ts';
export { patientsInFields, patientsInUrl } from './patient-names.ts';
export { JsonTooDeep, jsonPath, type Pattern, pattern } from './pattern.ts';
export { type ProgramEnd, runProgram } from './process.ts';
export { type FollowedReply, followHttp } from './redirect.ts';
export { holdsSecret, isHeaderValue, requestHeaders } from './request-headers.ts';
export { nameServers } from './resolve.ts';
export { isSafeForSecrets, unsafeForSecrets } from './safe-url.ts';
export { openStream, type Stream } from './stream.ts';
export { openStunLine, type StunLine, stunFacts } from './stun-line.ts';
export {
  decodeStun,
  encodeStun,
  errorOf,
  isSignedBy,
  type StunIntegrity,
  type StunMessage,
  softwareAttribute,
  stunAttribute,
  stunLength,
  stunRequest,
  successOf,
  xorAddressOf,
} from './stun-message.ts';
export { certificateFacts, connectTo, noteCertificate, streamReasons, targetKeys } from './target.ts';
export { type CertificateFacts, type TlsFacts, tlsVersions } from './tls.ts';
export { TlsSettings, tlsOptionsOf } from './tls-options.ts';
export { openWebSocket } from './websocket.ts';
export { closeFailure } from './websocket-failure.ts';
export type { WebSocketConnection } from './websocket-message.ts';
