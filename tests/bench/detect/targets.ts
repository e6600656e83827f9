// Targets of detection.md section 13 against what was scored, one line each.
import type { BlipScore, FaultScore } from './faults.ts';
import type { Optimality } from './optimality.ts';
import { mean, quantile } from './play.ts';

export interface Target {
  readonly name: string;
  /** At most so much; a `share` at least. */
  readonly asked: number;
  readonly scored: number;
  readonly held: boolean;
}

const pagesEach = 1.12;
const pagesMean = 1.05;
const labelled = 0.98;
const blipsPerPage = 120;
const ratioEach = 1.3;
const ratioMean = 1.15;

export function faultTargets(scores: readonly FaultScore[], blips: readonly BlipScore[]): Target[] {
  const pages = scores.map((score) => score.pages / score.delays.length);
  const short = blips.filter(({ name }) => name.endsWith('failing probe') || name.endsWith('failing probes'));
  const blipPages = short.reduce((sum, blip) => sum + blip.pages, 0);
  return [
    ...scores.flatMap((score, k) => [
      ...(score.fault.median > 0
        ? [
            atMost(`${score.fault.name}: median`, score.fault.median, quantile(score.delays, 0.5)),
            atMost(`${score.fault.name}: p95`, score.fault.p95, quantile(score.delays, 0.95)),
          ]
        : []),
      atMost(`${score.fault.name}: pages per incident`, pagesEach, pages[k] as number),
      atLeast(`${score.fault.name}: state right`, labelled, score.states / score.delays.length),
    ]),
    atMost('pages per incident, mean of the classes', pagesMean, mean(pages)),
    atMost('pages for blips of one or two failures', short.reduce((sum, blip) => sum + blip.traces, 0) / blipsPerPage, blipPages),
  ];
}

export function observerTargets(scores: readonly Optimality[]): Target[] {
  const ratios = scores.map((score) => score.ours / score.observer);
  return [
    ...scores.map((score, k) => atMost(`${score.p1} on ${score.p0}: delay over the observer's`, ratioEach, ratios[k] as number)),
    atMost("delay over the observer's, mean", ratioMean, mean(ratios)),
  ];
}

function atMost(name: string, asked: number, scored: number): Target {
  return { name, asked, scored, held: scored <= asked };
}

function atLeast(name: string, asked: number, scored: number): Target {
  return { name, asked, scored, held: scored >= asked };
}

/** What was missed by how much; of what was held only the number. */
export function targetLines(targets: readonly Target[]): string[] {
  const missed = targets.filter(({ held }) => !held);
  const say = ({ name, asked, scored }: Target) => `- MISSED ${name}: asked ${asked}, scored ${Number(scored.toFixed(3))}`;
  return [`${targets.length - missed.length} of ${targets.length} targets held.`, ...missed.map(say)];
}
