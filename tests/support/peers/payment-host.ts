// A host of payments with a codec that we did not write: no such host can be installed, so the npm package iso_8583 packs and unpacks.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type RunningPeer, startPeer } from '../peers.ts';

const program = (port: number, mode: string) => `
const net = require('node:net'), fs = require('node:fs'), Iso = require(${JSON.stringify(createRequire(import.meta.url).resolve('iso_8583'))});
const mode = () => fs.readFileSync(${JSON.stringify(mode)}, 'utf8').trim();
net.createServer((socket) => {
  let heard = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    heard = Buffer.concat([heard, chunk]);
    while (heard.length >= 2 && heard.length >= 2 + heard.readUInt16BE(0)) {
      const frame = heard.subarray(0, 2 + heard.readUInt16BE(0));
      heard = heard.subarray(frame.length);
      const question = new Iso().getIsoJSON(frame), how = mode();
      if (how === 'silent') continue;
      if (how === 'drop') { socket.destroy(); return; }
      if (how === 'garbage') { socket.write('\\x00\\x03zzz'); continue; }
      const answer = { 0: question[0].slice(0, 2) + '10', 7: question[7], 11: how === 'badstan' ? '999999' : question[11], 39: /^\\d\\d$/.test(how) ? how : '00', 70: question[70] };
      if (question[41]) answer[41] = question[41];
      socket.write(new Iso(answer).getBufferMessage());
    }
  });
}).listen(${port}, '127.0.0.1');
`;

export interface PaymentHost {
  /** A response code, `silent`, `drop`, `garbage` or `badstan`; anything else is well. It says so at the next message. */
  behave(how: string): void;
  start(): Promise<RunningPeer>;
}

/** Well at first. The folder is its own. */
export function paymentHost(folder: string, port: number): PaymentHost {
  const mode = join(folder, 'mode');
  const file = join(folder, 'host.cjs');
  const behave = (how: string) => writeFileSync(mode, how);
  behave('well');
  writeFileSync(file, program(port, mode));
  return { behave, start: () => startPeer({ program: process.execPath, args: [file], port }) };
}
