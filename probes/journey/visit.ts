// One visit to a site: its cookies, connections and variables, from the first step to the logout. Lives for one attempt.
import {
  type FollowedReply,
  followHttp,
  type HttpReply,
  type HttpRequest,
  HttpVisit,
  headerText,
  noteCertificate,
  type ProbeContext,
  ProbeFailure,
  tlsOptionsOf,
} from '#prober/door.ts';
import { Cookies } from './cookies.ts';
import { extract } from './extract.ts';
import { type Form, readForm } from './form.ts';
import { PageTooLarge } from './html.ts';
import { judge } from './judge.ts';
import type { JourneyOptions } from './options.ts';
import { Page } from './page.ts';
import { type Asking, askingOf } from './request.ts';
import type { Logout, Step } from './steps.ts';

type AnyStep = Logout & Partial<Step>;

/** Which member of a pool answered: what makes an intermittent fault explainable. */
const tellingHeaders = ['server', 'via', 'x-served-by', 'x-request-id'];

/** Failures of the way to the site: no request was sent. */
const unsent: ReadonlySet<string> = new Set(['dns', 'refused', 'unreachable', 'connect_timeout', 'tls', 'certificate']);

export class Visit {
  readonly #options: JourneyOptions;
  readonly #context: ProbeContext;
  readonly #trusted: ReadonlySet<string>;
  readonly #http = new HttpVisit();
  readonly #cookies = new Cookies();
  readonly #variables = new Map<string, string>();
  /** The answer of the last step that went well. */
  #page: Page | undefined;
  /** Somebody may be logged in. */
  #entered = false;
  #last: HttpReply | undefined;
  #completed = 0;
  #redirects = 0;
  #bytes = 0;
  #soonest = Number.POSITIVE_INFINITY;

  constructor(options: JourneyOptions, context: ProbeContext) {
    this.#options = options;
    this.#context = context;
    this.#trusted = new Set([options.url, ...(options.origins ?? [])].map((url) => new URL(url).origin));
  }

  /** One step: asks, judges, extracts. Throws ProbeFailure, its message begun by the name of the step. */
  async take(step: AnyStep): Promise<void> {
    const began = performance.now();
    try {
      const asking = this.#askingOf(step);
      const reply = await this.#ask(step, asking);
      this.#entered ||= !this.#options.steps.some(({ login }) => login);
      this.#learn(step, asking.form, new Page(reply, this.#cookies, performance.now() - began));
      this.#completed += 1;
    } catch (error) {
      throw this.#named(step.name, error);
    } finally {
      this.#context.phase(step.name, performance.now() - began);
    }
  }

  /** After a failure: logs out if somebody may be logged in and there is time. Never throws; the note `logout` says what came of it. */
  async leave(): Promise<void> {
    const { logout } = this.#options;
    if (logout === undefined || !this.#entered) return;
    const tell = (text: string) => this.#context.note('logout', text);
    if (this.#context.signal.aborted) {
      tell('not sent: the deadline had passed');
      return;
    }
    try {
      await this.take(logout);
      tell('sent after the failure');
    } catch (error) {
      // The failure of the step before is the one that is told.
      tell(error instanceof ProbeFailure ? `failed as well (${error.reason})` : 'failed as well');
    }
  }

  /** Closes every connection, and notes the facts and who answered last. */
  close(): void {
    this.#http.close();
    this.#context.fact('steps_completed', this.#completed);
    this.#context.fact('redirects', this.#redirects);
    this.#context.fact('response_bytes', this.#bytes);
    this.#context.fact('connections', this.#http.dialed);
    if (this.#last === undefined) return;
    this.#context.fact('status_code', this.#last.status);
    for (const name of tellingHeaders) {
      const text = headerText(this.#last.headers[name]);
      // A site may repeat what it was sent.
      if (!this.#variables.values().some((value) => text.includes(value))) this.#context.note(name, text);
    }
  }

  /** The failure of a step. What is our own trouble stays as it is. */
  #named(name: string, error: unknown): unknown {
    if (error instanceof ProbeFailure)
      return new ProbeFailure(error.reason, `${name}: ${error.message}`, { cause: error, locked: error.locked });
    if (error instanceof PageTooLarge)
      return new ProbeFailure('content', `${name}: the page is longer, or has more elements or deeper ones, than is looked at`);
    // Whatever else an abort brings about.
    return this.#context.signal.aborted ? new ProbeFailure('timeout', `${name}: no time was left for it`) : error;
  }

  #askingOf(step: AnyStep): Asking {
    const site = new URL(this.#options.url);
    return askingOf(step, { site, trusted: this.#trusted, page: this.#page, variables: this.#variables, agent: this.#context.agent });
  }

  async #ask(step: AnyStep, { request }: Asking): Promise<FollowedReply> {
    const { tls, family, resolver, body_limit } = this.#options;
    const reply = await followHttp(
      request,
      {
        version: 'http1',
        follow: step.follow_redirects,
        allowDowngrade: false,
        bodyLimit: body_limit,
        tls: tlsOptionsOf(tls),
        ...(family !== undefined && { family: family === 'ipv6' ? 6 : 4 }),
        ...(resolver !== undefined && { resolver }),
        onTls: (facts) => {
          // Of several origins the one whose certificate ends first.
          if (facts.earliestExpiry === undefined || facts.earliestExpiry >= this.#soonest) return;
          this.#soonest = facts.earliestExpiry;
          noteCertificate(this.#context)(facts);
        },
        exchange: (hop, options) => this.#hop(step, hop, options),
      },
      this.#context,
    );
    this.#redirects += reply.redirects;
    return reply;
  }

  /** Each hop has the cookies of its own address, and what it sets is there for the next. */
  async #hop(step: AnyStep, request: HttpRequest, options: Parameters<HttpVisit['exchange']>[1]): Promise<HttpReply> {
    try {
      const reply = await this.#exchange(request, options);
      this.#entered ||= step.login === true;
      return reply;
    } catch (error) {
      // The answer to a login that was sent may have been lost; one that was not sent let nobody in.
      const sent = !(error instanceof ProbeFailure && unsent.has(error.reason));
      this.#entered ||= sent && step.login === true;
      throw error;
    }
  }

  async #exchange(request: HttpRequest, options: Parameters<HttpVisit['exchange']>[1]): Promise<HttpReply> {
    const cookie = this.#cookies.header(request.url);
    const headers = cookie === '' ? request.headers : [...request.headers, { name: 'cookie', value: cookie }];
    const reply = await this.#http.exchange({ ...request, headers }, options, this.#context);
    this.#last = reply;
    this.#bytes += reply.wireBytes;
    this.#cookies.learn(request.url, reply.headers['set-cookie']);
    return reply;
  }

  #learn(step: AnyStep, form: Form | undefined, page: Page): void {
    const failure = judge(page, step, () => isAskedAgain(step, form, page));
    if (failure !== undefined) throw failure;
    for (const [name, from] of Object.entries(step.extract ?? {})) {
      const found = extract(page, from);
      if ('lack' in found) throw new ProbeFailure('content', `the variable ${name} ${found.lack}`);
      this.#variables.set(name, found.value);
    }
    this.#page = page;
  }
}

/** The form in which the password was sent has come back, and asks for it again. */
function isAskedAgain({ form_from }: AnyStep, sent: Form | undefined, page: Page): boolean {
  return form_from !== undefined && sent?.asksPassword === true && readForm(page.tree(), form_from)?.asksPassword === true;
}
