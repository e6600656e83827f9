// Redirects by hand: each hop on a connection of its own, and nothing secret ever crosses to another origin (RFC 9110 15.4).
import { type ProbeContext, ProbeFailure } from './contract.ts';
import { exchangeHttp, headerText } from './http.ts';
import type { HttpHeader, HttpOptions, HttpReply, HttpRequest } from './http-message.ts';

interface FollowOptions extends HttpOptions {
  readonly follow: boolean;
  /** Let a redirect lead from https to http. Else it is `content`. */
  readonly allowDowngrade: boolean;
  /** How each hop is asked. Default: `exchangeHttp`. */
  readonly exchange?: (request: HttpRequest, options: HttpOptions, context: ProbeContext) => Promise<HttpReply>;
}

export interface FollowedReply extends HttpReply {
  /** The address that gave the final reply. */
  readonly url: URL;
  readonly redirects: number;
  /** Host and port of every hop, the first included. Paths are left out: they may hold tokens. */
  readonly hosts: readonly string[];
}

const mostRedirects = 10;
/** Dropped when the origin changes, as well as every header marked secret. */
const privateHeaders: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'host']);

/** Asks, and follows at most 10 redirects. A loop, one too many or a forbidden one is `content`, a garbled one `protocol`. */
export async function followHttp(first: HttpRequest, options: FollowOptions, context: ProbeContext): Promise<FollowedReply> {
  const hopOptions: HttpOptions = options.follow ? { ...options, skipBody: isRedirect } : options;
  const exchange = options.exchange ?? exchangeHttp;
  const seen = new Set<string>();
  const hosts: string[] = [];
  let request = first;
  for (let redirects = 0; ; redirects += 1) {
    seen.add(`${request.method} ${request.url.href}`);
    hosts.push(request.url.host);
    const reply = await exchange(request, hopOptions, context);
    const location = headerText(reply.headers['location']);
    if (!options.follow || !isRedirect(reply.status) || location === '') return { ...reply, url: request.url, redirects, hosts };
    request = nextRequest(request, reply.status, location, options.allowDowngrade);
    if (seen.has(`${request.method} ${request.url.href}`)) throw new ProbeFailure('content', 'the redirects go round in a circle');
    if (redirects + 1 > mostRedirects) throw new ProbeFailure('content', `more than ${mostRedirects} redirects`);
  }
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** The request that a redirect asks for. Pure. Throws ProbeFailure when it may not be followed. */
export function nextRequest(request: HttpRequest, status: number, location: string, allowDowngrade: boolean): HttpRequest {
  const url = nextUrl(request.url, location);
  if (request.url.protocol === 'https:' && url.protocol === 'http:' && !allowDowngrade) {
    throw new ProbeFailure('content', 'it redirects from https to http');
  }
  const foreign = url.origin !== request.url.origin;
  const headers = foreign ? request.headers.filter(mayCross) : request.headers;
  // 303 turns all but HEAD into GET, 301 and 302 turn POST into GET, 307 and 308 keep method and body.
  const asGet = status === 303 ? request.method !== 'HEAD' : request.method === 'POST' && (status === 301 || status === 302);
  if (asGet) return { url, method: 'GET', headers: headers.filter((header) => !isAboutBody(header)) };
  if (foreign && request.body !== undefined && request.secretBody === true) {
    throw new ProbeFailure('content', 'it redirects a request with a secret body to another origin');
  }
  return { ...request, url, headers };
}

function nextUrl(base: URL, location: string): URL {
  // A Location in raw UTF-8 arrives as one character a byte; a URL parser would encode it twice.
  const text = Buffer.from(location, 'latin1').toString('utf8');
  if (text.length > 8192 || !URL.canParse(text, base.href))
    throw new ProbeFailure('protocol', 'it redirects to something that is not an address');
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new ProbeFailure('content', 'it redirects to an address that is not http');
  url.username = '';
  url.password = '';
  // RFC 9110 10.2.2: a fragment is inherited, and never sent.
  url.hash = '';
  return url;
}

function mayCross(header: HttpHeader): boolean {
  return header.secret !== true && !privateHeaders.has(header.name.toLowerCase());
}

function isAboutBody(header: HttpHeader): boolean {
  return header.name.toLowerCase().startsWith('content-');
}
