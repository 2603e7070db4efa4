import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { AllValues, type Percentiles, RecentValues } from '../../demo/facts/percentiles.js';
import type { PredictInput, PredictReport, PredictWorkerOptions, ToWorker } from './predict-protocol.js';

const RECENT_CALLS = 2_000;
const YOUNG_GENERATION_MB = 12;

/** gRPC Predict calls at a constant rate from a thread of their own. */
export class PredictLoad {
  private readonly worker: Worker;
  private all = new AllValues();
  private readonly recent = new RecentValues(RECENT_CALLS);
  private readonly failureCounts = new Map<string, number>();
  private readonly ended: Promise<void>;

  constructor(options: PredictWorkerOptions) {
    // Its collections, too, must not wait for a core: see node-flags in deploy/local.
    setFlagsFromString('--no-parallel-scavenge');
    this.worker = new Worker(new URL('./predict.worker.js', import.meta.url), {
      workerData: options,
      // grpc-js keeps its running calls in a Set, through which V8 carries ended ones on; in a young generation of
      // usual size they add up to collections of 20 to 30 ms, and the driver would measure itself.
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.worker.on('message', (report: PredictReport) => this.enter(report));
    this.ended = new Promise((resolve, reject) => {
      this.worker.once('error', reject);
      this.worker.once('exit', () => resolve());
    });
    // A crash of the driver comes out of stop(); until then it must not end the process.
    this.ended.catch(() => undefined);
  }

  /** Asks about each of these once, as fast as the rate allows. */
  ask(inputs: readonly PredictInput[]): void {
    this.send({ kind: 'requests', inputs });
  }

  /** Asks about these again and again, each time as a new transaction. */
  repeat(inputs: readonly PredictInput[]): void {
    this.send({ kind: 'repeat', inputs });
  }

  /** Drops what was measured so far: the end of a warm-up. */
  forget(): void {
    this.all = new AllValues();
    this.failureCounts.clear();
  }

  /** Lets calls under way end. @throws what the driver's thread failed with. */
  async stop(): Promise<void> {
    this.send({ kind: 'stop' });
    await this.ended;
  }

  get answered(): number {
    return this.all.size;
  }

  /** Failed calls by kind. */
  get failures(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.failureCounts);
  }

  get failed(): number {
    return [...this.failureCounts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Of the newest calls. */
  recentMs(): Percentiles {
    return this.recent.percentiles();
  }

  /** Of all answered calls. */
  overallMs(): Percentiles {
    return this.all.percentiles();
  }

  private send(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  private enter({ latenciesMs, failures }: PredictReport): void {
    this.all.addAll(latenciesMs);
    for (const latencyMs of latenciesMs) this.recent.add(latencyMs);
    for (const [kind, count] of Object.entries(failures)) {
      this.failureCounts.set(kind, (this.failureCounts.get(kind) ?? 0) + count);
    }
  }
}
