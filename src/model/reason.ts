// Why a probe failed: one closed list, in configuration, code, metrics, logs and pages.

export const reasons = [
  'dns',
  'refused',
  'unreachable',
  'connect_timeout',
  'tls',
  'certificate',
  'reset',
  'timeout',
  'protocol',
  'rejected',
  'auth',
  'content',
  'internal',
] as const;

export type Reason = (typeof reasons)[number];

/** What a probe may say. Only the attempt says `internal`, and `internal` never counts against an endpoint. */
export type EndpointReason = Exclude<Reason, 'internal'>;

/** What each reason means, in the words of a person on call. */
export const reasonMeanings: Readonly<Record<Reason, string>> = {
  dns: 'the name could not be resolved',
  refused: 'the host is up, and nothing accepts connections there',
  unreachable: 'there is no route to the host',
  connect_timeout: 'the connection was not accepted in time',
  tls: 'the TLS handshake failed',
  certificate: 'the certificate is expired, untrusted or of another name',
  reset: 'the connection was closed before the answer was complete',
  timeout: 'connected, but no answer in time',
  protocol: 'the answer is not the protocol that was asked for',
  rejected: 'a well-formed refusal by the application',
  auth: 'the credentials or the client certificate were refused',
  content: 'the answer is well-formed and wrong',
  internal: "Holter's own trouble; never counts against the endpoint",
};

/** What of our own stood in the way of a probe: where it is known, an `internal` result says it. */
export const ownTroubles = ['network', 'standstill', 'lookups', 'descriptors', 'ports', 'memory', 'processes'] as const;
export type OwnTrouble = (typeof ownTroubles)[number];

/** What each means, in the words of a person on call. */
export const ownTroubleMeanings: Readonly<Record<OwnTrouble, string>> = {
  network: 'the self-check fails: the network of the vantage is suspected',
  standstill: 'Holter itself stood still or was starved of processor time',
  lookups: 'every thread for name lookups hangs in one that does not end',
  descriptors: 'no file descriptor is left',
  ports: 'no local port or address is left to connect from',
  memory: 'the machine is short of memory or network buffers',
  processes: 'the machine can start no more processes',
};
