import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { AllValues, type Percentiles, RecentValues } from '../system/percentiles.js';
import type { PredictInput, PredictReport, PredictWorkerOptions, ToWorker } from './predict-protocol.js';

const RECENT_CALLS = 2_000;
const YOUNG_GENERATION_MB = 12;

/** gRPC Predict calls at a constant rate from a separate thread. */
export class PredictLoad {
  private readonly worker: Worker;
  private all = new AllValues();
  private readonly recent = new RecentValues(RECENT_CALLS);
  private readonly failureCounts = new Map<string, number>();
  private readonly ended: Promise<void>;

  constructor(options: PredictWorkerOptions) {
    // Its garbage collections must not wait for a core either: see `fewCores` in docs/performance.md.
    setFlagsFromString('--no-parallel-scavenge');
    this.worker = new Worker(new URL('./predict.worker.js', import.meta.url), {
      workerData: options,
      // grpc-js keeps calls in flight in a Set, through which V8 keeps ended ones alive. In a young generation of the
      // usual size they cause collections of 20 to 30 ms, which would count as latency.
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.worker.on('message', (report: PredictReport) => this.enter(report));
    this.ended = new Promise((resolve, reject) => {
      this.worker.once('error', reject);
      this.worker.once('exit', () => resolve());
    });
    // stop() throws the driver's failure; until then it is not unhandled.
    this.ended.catch(() => undefined);
  }

  /** Calls Predict once for each input, as fast as the rate allows. */
  request(inputs: readonly PredictInput[]): void {
    this.send({ kind: 'requests', inputs });
  }

  /** Repeats the inputs until `stop`, each time under new transaction ids. */
  repeat(inputs: readonly PredictInput[]): void {
    this.send({ kind: 'repeat', inputs });
  }

  /** Discards the measurements so far: the end of a warm-up. */
  forget(): void {
    this.all = new AllValues();
    this.failureCounts.clear();
  }

  /** Waits for the calls in flight. @throws the error of the driver's thread */
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

  /** Percentiles of the newest calls, ms. */
  recentMs(): Percentiles {
    return this.recent.percentiles();
  }

  /** Percentiles of all successful calls, ms. */
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
