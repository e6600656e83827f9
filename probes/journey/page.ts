// An answer of the site, as expectations, extractions and forms look at it.
import type { HTMLElement } from 'node-html-parser';
import { type Answer, decodeBody, type FollowedReply, headerText } from '#prober/door.ts';
import type { Cookies } from './cookies.ts';
import { parsePage } from './html.ts';

/** The body is decoded and parsed when something looks at it, and once. */
export class Page implements Answer {
  readonly status: number;
  readonly url: string;
  readonly elapsed: number;
  readonly #reply: FollowedReply;
  readonly #cookies: Cookies;
  #body: string | undefined;
  #tree: HTMLElement | undefined;

  constructor(reply: FollowedReply, cookies: Cookies, elapsed: number) {
    this.#reply = reply;
    this.#cookies = cookies;
    this.status = reply.status;
    this.url = reply.url.href;
    this.elapsed = elapsed;
  }

  get body(): string {
    this.#body ??= decodeBody(this.#reply.body, this.header('content-type'));
    return this.#body;
  }

  header(name: string): string {
    return headerText(this.#reply.headers[name]);
  }

  /** The value of a cookie that would be sent to this page's address. */
  cookie(name: string): string | undefined {
    return this.#cookies.value(this.#reply.url, name);
  }

  /** Throws PageTooLarge. */
  tree(): HTMLElement {
    this.#tree ??= parsePage(this.body);
    return this.#tree;
  }
}
