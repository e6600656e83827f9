// The cookies of one visit (RFC 6265bis): a fresh jar each time, bounded in size and number.
import { CookieJar } from 'tough-cookie';
import { ProbeFailure } from '#prober/door.ts';

/** RFC 6265bis 5.7: larger ones are ignored. */
const largestCookie = 4096;
/** Most cookies that one visit takes, ones set again included. Browsers keep some 180 for a site. */
const mostCookies = 500;

export class Cookies {
  readonly #jar = new CookieJar();
  #taken = 0;

  /** Keeps what an answer sets. Cookies that its address may not set are left out, as browsers do it. Throws ProbeFailure. */
  learn(url: URL, header: string | readonly string[] | undefined): void {
    for (const text of [header ?? []].flat()) {
      if (text.length > largestCookie) continue;
      this.#taken += 1;
      if (this.#taken > mostCookies) throw new ProbeFailure('content', `more than ${mostCookies} cookies were set`);
      this.#jar.setCookieSync(text, url.href, { ignoreError: true });
    }
  }

  /** The header `Cookie` for an address; '' without any. */
  header(url: URL): string {
    return this.#jar.getCookieStringSync(url.href);
  }

  /** The value of the cookie that would be sent to this address, decoded as scripts decode it before they put it into a header. */
  value(url: URL, name: string): string | undefined {
    const value = this.#jar.getCookiesSync(url.href).find((cookie) => cookie.key === name)?.value;
    try {
      return value === undefined ? undefined : decodeURIComponent(value);
    } catch {
      // URIError: it was not encoded.
      return value;
    }
  }
}
