import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALL_SERVICES, removeStackData } from '@fraudflow/local';
import { expect, onTestFinished, test } from 'vitest';
import { type PlannedKill, runKilledDemo } from './killed-demo.js';

/** A busy machine may need many retrainings. The demo has a shorter timeout. */
const LIMIT_MS = 900_000;
/** Slightly shorter than the timeout of the test, so that a hanging demo is stopped and leaves no process. */
const DEMO_LIMIT_MS = 870_000;

/** Kills each service once, in the phase that uses it. */
const KILLS: readonly PlannedKill[] = [
  { service: 'feature-store', when: /^ +history \d+%/ },
  { service: 'registry', when: /^begin \(b\)/ },
  { service: 'ingestion', when: /^begin \(c\)/ },
  { service: 'scorer', when: /^ +live \d+%/ },
  { service: 'drift-monitor', when: /^begin \(d\)/ },
  { service: 'trainer', when: /^begin \(e\)/ },
];

/** The part of the demo's `--summary` that this test reads. */
interface Summary {
  readonly counts: Readonly<Record<string, number>>;
  readonly loop_closed: boolean;
  readonly evidence: {
    readonly restarts: Readonly<Record<string, number>>;
    readonly unexpected_scores: number;
    readonly lost_ids: readonly string[];
  };
}

test(
  'a demo whose six services are all killed once loses no transaction, scores none twice and completes its retraining loop',
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'fraudflow-demo-'));
    const summaryPath = join(dataDir, 'summary.json');
    onTestFinished(({ task }) => {
      // Keeps the logs of a failed run, because they show the reason.
      if (task.result?.state === 'fail') return;
      removeStackData(join(dataDir, 'demo'));
      rmSync(dataDir, { recursive: true, force: true });
    });

    const args = ['--customers', '800', '--summary', summaryPath];
    const demo = await runKilledDemo({ dataDir, args, kills: KILLS, limitMs: DEMO_LIMIT_MS });

    const story = `${demo.lines.slice(-60).join('\n')}\nlogs are in ${join(dataDir, 'demo', 'logs')}`;
    expect(demo.failures, story).toEqual([]);
    expect(demo.killed, story).toEqual(KILLS.map(({ service }) => service));
    expect(demo.exitCode, story).toBe(0);
    const { counts, loop_closed, evidence } = JSON.parse(readFileSync(summaryPath, 'utf8')) as Summary;
    expect(counts, story).toMatchObject({ lost: 0, scored_twice: 0, scored: counts['validated'] });
    expect(counts['validated']).toBeGreaterThan(100_000);
    expect(evidence).toMatchObject({ unexpected_scores: 0, lost_ids: [] });
    expect(loop_closed, story).toBe(true);
    // Each service was killed once and restarted once, and had no other crash.
    expect(evidence.restarts).toEqual(Object.fromEntries(ALL_SERVICES.map((service) => [service, 1])));
  },
  LIMIT_MS,
);
