// What goes into an HTTP exchange and what comes out of it.
import type { Dialed } from './dial.ts';
import type { ResolveTarget } from './resolve.ts';
import type { TlsFacts, TlsOptions } from './tls.ts';

export interface HttpHeader {
  readonly name: string;
  readonly value: string;
  /** Never crosses to another origin. */
  readonly secret?: boolean;
}

export interface HttpRequest {
  readonly url: URL;
  readonly method: 'GET' | 'HEAD' | 'OPTIONS' | 'POST';
  readonly headers: readonly HttpHeader[];
  readonly body?: string | Buffer;
  /** The body holds a secret: it never crosses to another origin. */
  readonly secretBody?: boolean;
}

export interface HttpOptions extends Pick<ResolveTarget, 'family' | 'resolver'> {
  /** `auto` lets the server choose; `http2` needs https. */
  readonly version: 'http1' | 'http2' | 'auto';
  readonly tls?: TlsOptions;
  readonly onTls?: (facts: TlsFacts) => void;
  /** Most bytes of a body, as sent and as inflated; more is `content`. */
  readonly bodyLimit: number;
  /** Statuses whose body is not read: the reply is then complete with its headers. */
  readonly skipBody?: (status: number) => boolean;
}

export interface HttpReply {
  readonly status: number;
  /** Names in lower case; several of one name stand in a list. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Inflated, at most `bodyLimit` bytes. */
  readonly body: Buffer;
  /** Bytes of the body as they came. */
  readonly wireBytes: number;
  readonly version: 1.1 | 2;
  readonly connection: Dialed;
}

/** What a transport tells of the reply. After the first `end` or `fail` everything else is ignored. */
export interface ReplySink {
  /** The first byte of the reply, as far as the transport sees it. */
  begin(): void;
  head(status: number, headers: HttpReply['headers']): void;
  data(chunk: Buffer): void;
  end(): void;
  /** `undefined`: the connection closed without an error. */
  fail(error: Error | undefined): void;
}
