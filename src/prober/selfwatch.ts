// What the prober knows about its own trouble. Process-wide, since the thread pool and the descriptors are the process's.

/** Counters and gauges of this process. Written by this room only. */
export const selfwatch = {
  /** Attempts whose kind did not end at its deadline and was left behind: each one is a bug of a kind. */
  abandonedAttempts: 0,
  /** Lookups that outlived their attempt: getaddrinfo cannot be cut, and holds a thread of the pool. */
  abandonedLookups: 0,
  /** Lookups under way now, the abandoned ones included. */
  openLookups: 0,
  /** Sockets of the dialer and of datagrams that are open now. */
  openSockets: 0,
  /** Programs of probes that run now. */
  openProcesses: 0,
};

/** A copy of the figures, for metrics. */
export function readSelfwatch(): Readonly<typeof selfwatch> {
  return { ...selfwatch };
}
