// What goes into a WebSocket and what comes out of it.
import type { IncomingHttpHeaders } from 'node:http';
import type { Dialed } from './dial.ts';
import type { HttpHeader, HttpOptions } from './http-message.ts';

export interface WebSocketRequest extends Pick<HttpOptions, 'tls' | 'onTls' | 'family' | 'resolver'> {
  /** `ws:` or `wss:`, without a fragment. */
  readonly url: URL;
  /** None of those that the upgrade itself needs. */
  readonly headers: readonly HttpHeader[];
  /** Offered in this order; where any are, the server must choose one of them, as browsers have it. */
  readonly subprotocols: readonly string[];
  /** Most bytes of a message; more is `content`. */
  readonly messageLimit: number;
  /** Called with the final answer to the upgrade, whatever its status and before its verdict. */
  readonly onAnswer?: (status: number, headers: IncomingHttpHeaders) => void;
}

export interface WebSocketMessage {
  /** True: text, which is valid UTF-8; false: binary. */
  readonly text: boolean;
  readonly data: Buffer;
}

/**
 * An open WebSocket. One wait at a time. Every method throws ProbeFailure: `timeout` at the deadline, `reset` when the connection ends
 * without a Close frame, `closeFailure` when it ends with one, `protocol` or `content` for what breaks the rules or our limits.
 */
export interface WebSocketConnection {
  readonly connection: Dialed;
  /** The one that the server chose, '' when none was offered. */
  readonly subprotocol: string;
  /** Of the answer to the upgrade, names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Settles when the kernel took the message: a text, or bytes as a binary message. */
  send(message: string | Uint8Array): Promise<void>;
  /** The next message, in order; those that came before it was asked for are kept. */
  receive(): Promise<WebSocketMessage>;
  /** Settles when the pong with this payload came (at most 125 bytes). Other pongs are passed over (RFC 6455 5.5.3). */
  ping(payload: Uint8Array): Promise<void>;
  /** Sends a Close frame and waits until the connection is closed. The code of the far end: 1005 without one, 1006 without a Close frame. */
  close(code: number): Promise<number>;
  /** At once. */
  destroy(): void;
}
