// Our own operation failed: disk full, pager unreachable. Reasons and Problems are other families (ARCHITECTURE.md).

/** `code` is stable and documented; `retryable` says whether the same call may go well later. */
export class HolterError extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { readonly retryable: boolean; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'HolterError';
    this.code = code;
    this.retryable = options.retryable;
  }
}
