// What the daemon is measured against: nothing but undici requests, each with a fresh client, at a steady rate.
// Usage, as a child process: bare.ts ORIGIN REQUESTS_PER_SECOND USER_AGENT
import { Client } from 'undici';

const [origin = '', rate = '200', agent = ''] = process.argv.slice(2);
const gapMs = 1000 / Number(rate);
/** The headers that the http probe sends. */
const headers = { 'user-agent': agent, accept: '*/*', 'accept-encoding': 'identity' };
const regions = 10;

async function once(index: number): Promise<void> {
  const client = new Client(origin, { pipelining: 0, allowH2: false });
  const { body } = await client.request({ path: `/service/endpoint-${index % 100}/region-${index % regions}`, method: 'GET', headers });
  await body.text();
  await client.destroy();
}

/** Starts what is due and sleeps until the next is. */
function turn(began: number, started: number): void {
  const due = Math.floor((performance.now() - began) / gapMs);
  for (let index = started; index < due; index += 1) void once(index);
  setTimeout(turn, Math.max(1, (due + 1) * gapMs - (performance.now() - began)), began, due);
}

turn(performance.now(), 0);
