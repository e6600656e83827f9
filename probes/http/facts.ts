// What an answer tells beside well or ill, under the names that dashboards know.
import { type FactDeclaration, type FollowedReply, headerText, type ProbeContext, type TlsFacts } from '#prober/door.ts';

export const facts: readonly FactDeclaration[] = [
  { name: 'status_code', help: 'Status of the final answer.', metric: 'probe_http_status_code' },
  { name: 'http_version', help: 'Version of HTTP of the final answer: 1.1 or 2.', metric: 'probe_http_version' },
  { name: 'ssl', help: '1 when the final answer came over TLS, else 0.', metric: 'probe_http_ssl' },
  { name: 'redirects', help: 'Redirects that were followed.', metric: 'probe_http_redirects' },
  { name: 'content_length', help: 'What the header content-length says; -1 where it is absent.', metric: 'probe_http_content_length' },
  { name: 'uncompressed_body_length', help: 'Bytes of the body after inflation.', metric: 'probe_http_uncompressed_body_length' },
  { name: 'response_bytes', help: 'Bytes of the body as they came.' },
  {
    name: 'last_modified_timestamp_seconds',
    help: 'What Last-Modified says, Unix time.',
    metric: 'probe_http_last_modified_timestamp_seconds',
  },
  { name: 'age_seconds', help: 'How old a cache says that its answer is.' },
  { name: 'retry_after_seconds', help: 'When a server that sheds load wants to be asked again.' },
  {
    name: 'failed_due_to_regex',
    help: '1 when a header, a text or an expression was not as wanted, else 0.',
    metric: 'probe_failed_due_to_regex',
  },
  { name: 'ip_protocol', help: 'Family of the address that was connected to: 4 or 6.', metric: 'probe_ip_protocol' },
  {
    name: 'certificate_expiry_seconds',
    help: 'Seconds until the first of the certificates that the server sent expires; negative afterwards.',
    warn: 1_814_400,
    fail: 259_200,
    worse: 'below',
  },
  {
    name: 'certificate_expiry_timestamp_seconds',
    help: 'Unix time at which the first of the certificates that the server sent expires.',
    metric: 'probe_ssl_earliest_cert_expiry',
  },
];

/** Facts of the handshake: known also when the certificate is then refused. */
export function noteTls(tls: TlsFacts, context: ProbeContext): void {
  if (tls.earliestExpiry === undefined) return;
  context.fact('certificate_expiry_seconds', (tls.earliestExpiry - context.startedAt) / 1000);
  context.fact('certificate_expiry_timestamp_seconds', tls.earliestExpiry / 1000);
  context.note('tls', `${tls.protocol} ${tls.cipher}`);
}

export function noteReply(reply: FollowedReply, context: ProbeContext): void {
  const header = (name: string) => headerText(reply.headers[name]);
  context.fact('status_code', reply.status);
  context.fact('http_version', reply.version);
  context.fact('ssl', reply.connection.tls === undefined ? 0 : 1);
  context.fact('redirects', reply.redirects);
  context.fact('ip_protocol', reply.connection.family);
  context.fact('response_bytes', reply.wireBytes);
  context.fact('uncompressed_body_length', reply.body.length);
  context.fact('content_length', wholeNumber(header('content-length')) ?? -1);
  noteNumber('age_seconds', wholeNumber(header('age')), context);
  noteNumber('retry_after_seconds', wholeNumber(header('retry-after')), context);
  noteNumber('last_modified_timestamp_seconds', Date.parse(header('last-modified')) / 1000, context);
  if (reply.redirects > 0) context.note('redirected', reply.hosts.join(' > '));
  for (const name of tellingHeaders) context.note(name, header(name));
  context.note('balancer_cookie', balancerCookie(reply.headers['set-cookie']));
}

/** Which member of a pool answered: what makes an intermittent fault explainable. */
const tellingHeaders = ['server', 'via', 'x-served-by', 'x-request-id'];

function noteNumber(name: string, value: number | undefined, context: ProbeContext): void {
  if (value !== undefined && Number.isFinite(value)) context.fact(name, value);
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The name of a cookie by which balancers stick to a member; never its value. */
function balancerCookie(value: string | readonly string[] | undefined): string {
  const names = [value ?? []].flat().map((cookie) => cookie.split('=', 1)[0] ?? '');
  return (
    names.find((name) => /^(AWSALB|AWSALBCORS|AWSELB|BIGipServer.*|SERVERID|NSC_.*|ROUTEID|ARRAffinity|INGRESSCOOKIE)$/i.test(name)) ?? ''
  );
}
