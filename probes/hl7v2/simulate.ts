// An interface engine on loopback, well or ill as told: one acknowledgement for each framed message.
import { converse, pour, type Serve, type Simulator, type StreamFarEnd, streamSimulator, tlsSimulator } from '#prober/door.ts';

/** The parts of a question that an answer repeats. */
interface Question {
  readonly controlId: string;
  readonly tag: string;
  readonly type: string;
  readonly enhanced: boolean;
}

const answers: Readonly<Record<string, (question: Question) => string>> = {
  well: (question) => (question.enhanced ? ack(question, 'CA') : '') + ack(question, 'AA', tail(question)),
  commit_frame_first: (question) => `\u000b\u0006\u001c\r${ack(question, 'AA', tail(question))}`,
  commit_refused: () => '\u000b\u0015\u001c\r',
  application_error: (question) => ack(question, 'AE', ['ERR|||207^Application internal error^HL70357|E']),
  rejected: (question) => ack(question, 'AR', ['ERR|^^^200&Unsupported message type']),
  commit_error: (question) => ack(question, 'CE'),
  wrong_id: (question) => ack({ ...question, controlId: 'ANOTHER' }, 'AA'),
  unframed: ({ controlId }) => `MSH|^~\\&|LAB|||||ACK|1|P|2.5.1\rMSA|AA|${controlId}\r`,
  not_hl7: () => frame('hello'),
  no_msa: () => frame('MSH|^~\\&|LAB|SITE|||20260101||ACK|1|P|2.5.1\r'),
  unknown_code: (question) => ack(question, 'ZZ'),
  wrong_query: (question) => ack(question, 'AA', ['QAK|ANOTHER|NF']),
  claims_rows: (question) => ack(question, 'AA', [`QAK|${question.tag}|OK`]),
  query_error: (question) => ack(question, 'AA', [`QAK|${question.tag}|AE`]),
  rows: (question) => ack(question, 'AA', [`QAK|${question.tag}|OK`, 'PID|1||4711^^^SITE||ZZMARKER^HOLTER^19700101']),
};

const expected: Readonly<Record<keyof typeof answers, Simulator['modes'][string]>> = {
  well: 'ok',
  commit_frame_first: 'ok',
  commit_refused: 'rejected',
  application_error: 'rejected',
  rejected: 'rejected',
  commit_error: 'rejected',
  wrong_id: 'protocol',
  unframed: 'protocol',
  not_hl7: 'protocol',
  no_msa: 'protocol',
  unknown_code: 'protocol',
  wrong_query: 'protocol',
  claims_rows: 'content',
  query_error: 'rejected',
  rows: 'content',
};

const farEnd: StreamFarEnd = {
  kind: 'hl7v2',
  options: (address, ca) => ({ address, ...(ca !== undefined && { tls: { ca } }) }),
  drips: 'protocol',
  fragments: [
    '\u000bMSH|^~\\&|LAB|SITE|||20260101||ACK|1|P|2.5.1\rMSA|AA|',
    '\u000b\u0006\u001c\r',
    '\u000b\u0015\u001c\r',
    '\u000b',
    '\u001c\r',
    '\rPID|1||4711\r',
  ].map((text) => Buffer.from(text, 'latin1')),
  modes: {
    ...Object.fromEntries(Object.entries(answers).map(([mode, answer]) => [mode, [expected[mode] ?? 'ok', engine(answer)]])),
    resets_inside: ['reset', engine(() => '\u000bMSH|^~\\&|LAB', true)],
    endless: ['content', pour('\u000b', Buffer.alloc(16_384, 'x'))],
  },
};

export const hl7v2Simulator: Simulator = streamSimulator(farEnd);

/** The same engine behind TLS (MLLPS, IHE ITI-19). */
export const hl7v2TlsSimulator: Simulator = tlsSimulator(farEnd, ['rows']);

function engine(answer: (question: Question) => string, cut = false): Serve {
  return converse(
    (heard) => {
      const text = heard.toString('latin1');
      if (!text.includes('\u001c\r')) return undefined;
      const fields = text.split('|');
      const tag = /QPD\|[^|]*\|([^|]*)/.exec(text)?.[1] ?? '';
      const enhanced = fields[14] === 'AL' && (fields[15] ?? '').startsWith('AL');
      return Buffer.from(answer({ controlId: fields[9] ?? '', type: fields[8] ?? '', tag, enhanced }), 'latin1');
    },
    cut ? (socket) => socket.resetAndDestroy() : undefined,
  );
}

function ack({ controlId, type }: Question, code: string, segments: readonly string[] = []): string {
  const [, event = ''] = type.split('^');
  const header = `MSH|^~\\&|LAB|SITE|HOLTER||20260101120000+0000||ACK^${event}^ACK|${controlId.slice(0, 4)}R|P|2.5.1`;
  return frame([header, `MSA|${code}|${controlId}`, ...segments, ''].join('\r'));
}

/** What stands behind the acknowledgement of a query or a question for the time. */
function tail({ type, tag }: Question): readonly string[] {
  if (type.startsWith('NMQ')) return [`NCK|${new Date().toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}+0000`];
  return tag === '' ? [] : [`QAK|${tag}|NF`];
}

function frame(text: string): string {
  return `\u000b${text}\u001c\r`;
}
