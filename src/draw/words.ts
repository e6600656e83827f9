// Times and figures as pictures write them.
import { dayMs, type EpochMs, hourMs, minuteMs } from '#model/time.ts';

/** Last millisecond of the year 9999: later times are written as it. */
const lastTime = 253_402_300_799_999;

/** `2026-11-25 14:02:30`, in UTC. */
export function stamp(at: EpochMs): string {
  return iso(at).slice(0, 19).replace('T', ' ');
}

/** What a tick of the time axis says, for ticks `step` apart: `14:02:30`, `14:02`, `11-25 06:00`, `2026-11-25`. */
export function tickTime(at: EpochMs, step: number): string {
  if (step >= dayMs) return iso(at).slice(0, 10);
  if (step >= hourMs) return iso(at).slice(5, 16).replace('T', ' ');
  return step >= minuteMs ? iso(at).slice(11, 16) : iso(at).slice(11, 19);
}

/** Up to four figures, with a power of ten where zeros would hide the size: `0.25`, `1,200`, `10^-6`, `3·10^7`. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || (size >= 0.0001 && size < 1e6)) {
    return String(Number(value.toPrecision(4))).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ',');
  }
  const [mantissa = '', exponent = ''] = value.toExponential(2).split('e');
  const power = `10^${Number(exponent)}`;
  return Number(mantissa) === 1 ? power : `${Number(mantissa)}·${power}`;
}

function iso(at: EpochMs): string {
  return new Date(Number.isNaN(at) ? 0 : Math.max(0, Math.min(lastTime, at))).toISOString();
}
