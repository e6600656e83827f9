// From a name to one address, on the attempt's signal.
import { promises } from 'node:dns';
import { closeSync, openSync } from 'node:fs';
import { isIP } from 'node:net';
import { devNull } from 'node:os';
import { parseAddress, s } from '#schema/kit.ts';
import { classify, classifyDeadline } from './classify.ts';
import { OwnTroubleError, type ProbeContext, ProbeFailure } from './contract.ts';
import { systemLookups } from './lookups.ts';

export interface ResolveTarget {
  /** A name, or an address (then nothing is resolved). */
  readonly host: string;
  /** Only addresses of this family. */
  readonly family?: 4 | 6;
  /** `os`: as applications do it (hosts file, search list). Else these servers, each `address` or `address:port`. */
  readonly resolver?: 'os' | readonly string[];
}

export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Name servers to ask instead of the system: addresses, with or without port, at most five. */
export function nameServers() {
  const server = s
    .string()
    .refine(isNameServer, { error: 'is not the address of a name server; write for instance 192.0.2.53 or [2001:db8::53]:5353' });
  return s.array(server).min(1).max(5);
}

function isNameServer(text: string): boolean {
  return isIP(text) !== 0 || isIP(parseAddress(text)?.host ?? '') !== 0;
}

/**
 * One address of the host: the first that the resolver gives. Notes the phase `resolve` (absent for a literal address).
 * Throws ProbeFailure `dns`, and our own trouble as it came. Ends at the signal: a lookup of the system cannot be cut, so it is left behind.
 */
export async function resolve(target: ResolveTarget, context: ProbeContext): Promise<Address> {
  const literal = isIP(target.host);
  if (literal === 4 || literal === 6) return literalAddress(target, literal);
  context.enter('resolve');
  context.signal.throwIfAborted();
  const began = performance.now();
  try {
    const found = await (target.resolver === undefined || target.resolver === 'os'
      ? systemLookups().find(target.host, target.family ?? 0, context.signal)
      : lookupByServers(target, target.resolver, context.signal));
    context.phase('resolve', performance.now() - began);
    return found;
  } catch (error) {
    if (error instanceof OwnTroubleError) throw error;
    if (!context.signal.aborted) assertDescriptors();
    // A resolver's error, or our own abort.
    const failure = context.signal.aborted ? classifyDeadline('resolve') : classify(error, { stage: 'resolve' });
    if (failure === undefined) throw error;
    throw new ProbeFailure(failure.reason, failure.message, { cause: error });
  }
}

function literalAddress(target: ResolveTarget, family: 4 | 6): Address {
  if (target.family !== undefined && target.family !== family) {
    throw new ProbeFailure('dns', `the address is not of family ${target.family}`);
  }
  return { address: target.host, family };
}

function lookupByServers(target: ResolveTarget, servers: readonly string[], signal: AbortSignal): Promise<Address> {
  const resolver = new promises.Resolver({ tries: 1 });
  resolver.setServers(servers);
  return new Promise((settle, reject) => {
    const onAbort = () => {
      resolver.cancel();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    askServers(resolver, target, signal)
      .then(settle, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/**
 * Throws the system's error where no descriptor is left. A resolver without one says something else: c-ares that the server refuses, glibc that
 * the name does not exist.
 */
function assertDescriptors(): void {
  closeSync(openSync(devNull, 'r'));
}

async function askServers(resolver: promises.Resolver, { host, family }: ResolveTarget, signal: AbortSignal): Promise<Address> {
  if (family === 6) return { address: first(await resolver.resolve6(host)), family };
  if (family === 4) return { address: first(await resolver.resolve4(host)), family };
  return firstOfEither(resolver, host, signal);
}

async function firstOfEither(resolver: promises.Resolver, host: string, signal: AbortSignal): Promise<Address> {
  try {
    return { address: first(await resolver.resolve4(host)), family: 4 };
  } catch (error) {
    // Only "no A record" leads on to AAAA: every other error is the resolver's verdict.
    if (signal.aborted || !(error instanceof Error) || !('code' in error) || error.code !== 'ENODATA') throw error;
    return { address: first(await resolver.resolve6(host)), family: 6 };
  }
}

function first(addresses: readonly string[]): string {
  const [address] = addresses;
  if (address === undefined) throw Object.assign(new Error('no address'), { code: 'ENODATA' });
  return address;
}
