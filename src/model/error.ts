// Our own operation failed: disk full, address taken. Reasons and Problems are other families (ARCHITECTURE.md).

/** Stable codes, each with a row in the operator's guide (config/reference.md). */
export const errorCodes = {
  listen: "the address to listen on cannot be had: taken, not this machine's, or not allowed",
  store_in_use: 'another Holter works on the same data folder',
  store_newer: 'the store was written by a newer Holter; start that one, or give another data folder',
  store_unreadable: 'the data folder holds no store, or one that cannot be read',
  store_backup: 'the copy of the store could not be written',
  file_exists: 'a file of that name is there already and is not written over',
  write: 'a file could not be written',
  unreachable: 'the daemon that was asked does not answer, or not as a Holter does',
  init: 'the answers make no valid configuration',
  demo: 'the demo could not start',
  history: 'the history to be judged cannot be had: not there, not readable, refused, or not what was asked for',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** `retryable` says whether the same call may go well later. */
export class HolterError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: { readonly retryable: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'HolterError';
    this.code = code;
    this.retryable = options.retryable;
  }
}
