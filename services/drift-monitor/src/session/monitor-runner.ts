import { randomUUID } from 'node:crypto';
import { asError, delay } from '@fraudflow/core';
import { MonitorSession, type SessionParts } from './monitor-session.js';

/** Role of the instance; `failed`: its session ended with an error and is retried. */
export type MonitorRole = 'starting' | 'idle' | 'active' | 'failed' | 'stopped';

const RETRY_MS = 2_000;

/**
 * Acquires the lease and runs a session; is on stand-by while another instance holds the lease. Evidence needs all
 * partitions in one process and is cheap to compute, so more instances serve fail-over, not throughput.
 */
export class MonitorRunner {
  readonly #holder = randomUUID();
  readonly #ended = new AbortController();
  #role: MonitorRole = 'starting';
  #session: MonitorSession | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly parts: SessionParts,
    private readonly retryMs = RETRY_MS,
  ) {}

  get role(): MonitorRole {
    return this.#role;
  }

  /** The session while this instance is active. */
  get session(): MonitorSession | undefined {
    return this.#session;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Writes a last checkpoint and releases the lease so that another instance can take over. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#loop;
    this.#enter('stopped');
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        await this.#attempt(signal);
      } catch (thrown) {
        this.parts.events.sessionFailed(asError(thrown));
        this.#enter('failed');
      }
      this.#session = undefined;
      await delay(this.retryMs, signal);
    }
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    const { store, timing } = this.parts;
    const epoch = await store.acquire(this.#holder, timing.leaseMs);
    if (epoch === undefined) return this.#enter('idle');
    this.#session = await MonitorSession.open(this.parts, { epoch, holder: this.#holder });
    this.#enter('active');
    await this.#session.run(signal);
    this.#enter('idle');
  }

  #enter(role: MonitorRole): void {
    if (role !== this.#role) this.parts.events.roleChanged(role);
    this.#role = role;
  }
}
