// The shape of a logger, so that rooms can log without knowing pino.

/** Static message, facts as fields. Never a body, a URL with secrets, a patient datum. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** True when debug lines are wanted: check before building fields on a hot path. */
  isDebug(): boolean;
}
