import { readFileSync } from 'node:fs';
import { defined } from '@fraudflow/core';
import type { StackHandle } from '@fraudflow/local';
import { metricOf } from '../service-metrics.js';
import { waitFor } from '../wait-for.js';

const READY_TIMEOUT_MS = 60_000;

/** One service process under a supervisor that starts it again when it dies. */
export class Worker {
  constructor(
    readonly name: string,
    private readonly service: string,
    private readonly handle: StackHandle,
    private readonly onStopped: () => void,
  ) {}

  get httpUrl(): string {
    return defined(this.handle.addresses.services[this.service], this.service).http;
  }

  /** `host:port`. */
  get grpcAddress(): string {
    return defined(this.handle.addresses.services[this.service]?.grpc, `gRPC of ${this.service}`);
  }

  /** One of its further ports on loopback, by name. */
  port(name: string): number {
    const part = this.handle.parts().find((one) => one.name === this.service);
    return defined(part?.ports[name], `port ${name} of ${this.service}`);
  }

  /** How often it died and was started again. */
  get restarts(): number {
    return this.handle.restartCounts()[this.service] ?? 0;
  }

  /** SIGKILL: no warning, no clean-up. False if it has no process at the moment. */
  kill(): boolean {
    return this.handle.kill(this.service, 'SIGKILL');
  }

  /** Whether it has a process at the moment, be it ready or still starting. */
  get isAlive(): boolean {
    return this.handle.parts().some(({ name, process }) => name === this.service && process !== undefined);
  }

  /** Stops it in the middle of whatever it does, as a long pause of the machine would. */
  freeze(): void {
    this.sent('SIGSTOP');
  }

  thaw(): void {
    this.sent('SIGCONT');
  }

  /** How often a line of this event stands in its log. */
  logged(event: string): number {
    return this.log().split(`"event":"${event}"`).length - 1;
  }

  private sent(signal: NodeJS.Signals): void {
    if (!this.handle.kill(this.service, signal)) throw new Error(`${this.name} has no process for ${signal}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.handle.kill(this.service, signal);
  }

  /** Waits until it answers (again). */
  async untilUp(): Promise<void> {
    const answers = async (): Promise<boolean> => {
      const response = await fetch(`${this.httpUrl}/health`, { signal: AbortSignal.timeout(1_000) }).catch(
        () => undefined,
      );
      return response?.ok ?? false;
    };
    await waitFor(`${this.name} to answer`, answers, (up) => up, READY_TIMEOUT_MS);
  }

  /** Sum of a metric's samples that carry these labels. */
  metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    return metricOf(this.httpUrl, name, labels);
  }

  /** Everything it has logged so far, all its lives. */
  log(): string {
    const part = this.handle.parts().find(({ name }) => name === this.service);
    return part === undefined ? '' : readFileSync(part.logFile, 'utf8');
  }

  /** Asks it to end and waits until it is gone: it drains, commits and leaves its groups. */
  async stop(): Promise<void> {
    await this.handle.stop();
    this.onStopped();
  }
}
