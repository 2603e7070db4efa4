import { failedPrecondition, invalidInput } from '@fraudflow/core';
import { eBenjaminiHochberg } from '@fraudflow/stats';
import type { WindowVerdict } from '../verdict/evaluate-window.js';
import { ECusum } from './e-cusum.js';

/** False-alarm budget of one model version. */
export interface EvidenceOptions {
  /** Expected false alarms per window, for both signals together; each signal gets half. Default 1/1000. */
  readonly budget?: number;
  /** False discovery rate of the attribution to features. Default 0.05. */
  readonly attributionFdr?: number;
}

/** State of one signal after a window. */
export interface SignalEvidence {
  /** log10 of the accumulated e-value; at or above `thresholdLog10` is an alarm. */
  readonly log10: number;
  readonly thresholdLog10: number;
  readonly isAlarm: boolean;
}

/** A feature to which an alarm is attributed. */
export interface Attribution {
  readonly name: string;
  readonly log10: number;
  readonly psi: number;
  /** True if e-BH selects it at the chosen false discovery rate; false if it is only the strongest suspect. */
  readonly isSignificant: boolean;
}

/** Evidence and alarms after a window. Plain JSON. */
export interface EvidenceDecision {
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  readonly budget: number;
  readonly input: SignalEvidence;
  readonly score: SignalEvidence;
  /** On an input alarm: features by e-BH, largest effect (PSI) first; at least the strongest suspect. Else empty. */
  readonly attributed: readonly Attribution[];
  /** Input alarms and score alarms since the start. */
  readonly alarms: { readonly input: number; readonly score: number };
  /** Evaluated windows since the start. */
  readonly windows: number;
}

/** Stored form of {@link DriftEvidence}. Infinities cannot occur. */
export interface DriftEvidenceJson {
  readonly format: typeof EVIDENCE_FORMAT;
  readonly lastWindowStartMs: number | null;
  readonly windows: number;
  readonly alarms: { readonly input: number; readonly score: number };
  readonly input: number;
  readonly score: number;
  readonly features: Readonly<Record<string, number>>;
}

const EVIDENCE_FORMAT = 'fraudflow.drift-evidence/1';

/**
 * Accumulates the evidence of windows into alarms with a stated false-alarm budget, for one model version.
 *
 * Input drift and score drift are separate e-CUSUMs. An alarm is raised once and resets its signal, so lasting drift
 * raises repeated alarms. No p-value threshold is used. O(features) per window.
 */
export class DriftEvidence {
  readonly budget: number;
  readonly #fdr: number;
  readonly #input: ECusum;
  readonly #score: ECusum;
  readonly #features = new Map<string, ECusum>();
  #alarms = { input: 0, score: 0 };
  #windows = 0;
  #lastWindowStartMs = -Infinity;

  /** @throws AppError invalid_input unless budget and rate are inside (0, 1). */
  constructor(options: EvidenceOptions = {}) {
    this.budget = options.budget ?? 1 / 1000;
    this.#fdr = options.attributionFdr ?? 0.05;
    for (const share of [this.budget, this.#fdr]) {
      if (!(share > 0 && share < 1)) throw invalidInput(`evidence budget ${share} must be between 0 and 1`);
    }
    this.#input = new ECusum(Math.log(2 / this.budget));
    this.#score = new ECusum(Math.log(2 / this.budget));
  }

  /**
   * Adds one verdict. Windows must be added in order of their start. An insufficient window does not change the
   * evidence.
   *
   * @throws AppError failed_precondition for a window that is not newer than the last one.
   */
  update(verdict: WindowVerdict): EvidenceDecision {
    if (verdict.windowStartMs <= this.#lastWindowStartMs) {
      throw failedPrecondition('windows must be added once each, in ascending order of time', {
        code: 'WINDOW_OUT_OF_ORDER',
      });
    }
    this.#lastWindowStartMs = verdict.windowStartMs;
    if (verdict.status === 'evaluated') this.#add(verdict);
    const input = signal(this.#input);
    const score = signal(this.#score);
    const attributed = input.isAlarm ? this.#attribute(verdict) : [];
    this.#settle(input, score);
    return {
      windowStartMs: verdict.windowStartMs,
      windowEndMs: verdict.windowEndMs,
      budget: this.budget,
      input,
      score,
      attributed,
      alarms: { ...this.#alarms },
      windows: this.#windows,
    };
  }

  toJson(): DriftEvidenceJson {
    const features = [...this.#features].map(([name, cusum]) => [name, cusum.logEvidence] as const);
    return {
      format: EVIDENCE_FORMAT,
      lastWindowStartMs: Number.isFinite(this.#lastWindowStartMs) ? this.#lastWindowStartMs : null,
      windows: this.#windows,
      alarms: { ...this.#alarms },
      input: this.#input.logEvidence,
      score: this.#score.logEvidence,
      features: Object.fromEntries(features),
    };
  }

  /** @throws AppError failed_precondition for another format. */
  static fromJson(json: DriftEvidenceJson, options: EvidenceOptions = {}): DriftEvidence {
    if (json.format !== EVIDENCE_FORMAT) throw failedPrecondition('the evidence checkpoint has another format');
    const evidence = new DriftEvidence(options);
    evidence.#lastWindowStartMs = json.lastWindowStartMs ?? -Infinity;
    evidence.#windows = json.windows;
    evidence.#alarms = { ...json.alarms };
    evidence.#input.restore(json.input);
    evidence.#score.restore(json.score);
    for (const [name, logM] of Object.entries(json.features)) evidence.#feature(name).restore(logM);
    return evidence;
  }

  #add(verdict: WindowVerdict): void {
    this.#windows += 1;
    this.#input.add(verdict.inputLogE);
    this.#score.add(verdict.scoreLogE);
    for (const feature of verdict.features) this.#feature(feature.name).add(feature.logE);
  }

  #attribute(verdict: WindowVerdict): Attribution[] {
    const { features } = verdict;
    const logs = features.map((feature) => this.#feature(feature.name).logEvidence);
    const significant = eBenjaminiHochberg(logs, this.#fdr);
    const strongest = logs.indexOf(Math.max(...logs));
    const named = significant.length > 0 ? significant : [strongest];
    return named
      .flatMap((index) => {
        const feature = features[index];
        if (feature === undefined) return [];
        const log10 = (logs[index] ?? 0) / Math.LN10;
        return [{ name: feature.name, log10, psi: feature.psi, isSignificant: significant.length > 0 }];
      })
      .sort((a, b) => b.psi - a.psi);
  }

  /** Resets the signal after an alarm. */
  #settle(input: SignalEvidence, score: SignalEvidence): void {
    if (input.isAlarm) {
      this.#alarms.input += 1;
      this.#input.reset();
      for (const cusum of this.#features.values()) cusum.reset();
    }
    if (score.isAlarm) {
      this.#alarms.score += 1;
      this.#score.reset();
    }
  }

  #feature(name: string): ECusum {
    const existing = this.#features.get(name);
    if (existing !== undefined) return existing;
    const cusum = new ECusum(this.#input.logThreshold);
    this.#features.set(name, cusum);
    return cusum;
  }
}

function signal(cusum: ECusum): SignalEvidence {
  return {
    log10: cusum.logEvidence / Math.LN10,
    thresholdLog10: cusum.logThreshold / Math.LN10,
    isAlarm: cusum.isOverThreshold,
  };
}
