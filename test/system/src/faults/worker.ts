import { readFileSync } from 'node:fs';
import { defined } from '@fraudflow/core';
import type { StackHandle } from '@fraudflow/local';
import { metricOf } from '../service-metrics.js';
import { waitFor } from '../wait-for.js';

const READY_TIMEOUT_MS = 60_000;

/** One service process with a supervisor that restarts it when it dies. */
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

  /** Address of an additional port on loopback, by name. */
  port(name: string): number {
    const part = this.handle.parts().find((one) => one.name === this.service);
    return defined(part?.ports[name], `port ${name} of ${this.service}`);
  }

  /** Number of restarts after a death of the process. */
  get restarts(): number {
    return this.handle.restartCounts()[this.service] ?? 0;
  }

  /** Sends SIGKILL. @returns false if there is no process at the moment */
  kill(): boolean {
    return this.handle.kill(this.service, 'SIGKILL');
  }

  /** Whether there is a process, ready or starting. */
  get isAlive(): boolean {
    return this.handle.parts().some(({ name, process }) => name === this.service && process !== undefined);
  }

  /** Freezes the process (SIGSTOP), like a long pause of the machine. */
  freeze(): void {
    this.sent('SIGSTOP');
  }

  thaw(): void {
    this.sent('SIGCONT');
  }

  /** Number of log lines with this event. */
  logged(event: string): number {
    return this.log().split(`"event":"${event}"`).length - 1;
  }

  private sent(signal: NodeJS.Signals): void {
    if (!this.handle.kill(this.service, signal)) throw new Error(`${this.name} has no process for ${signal}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.handle.kill(this.service, signal);
  }

  /** Waits until the process is healthy (again). */
  async untilUp(): Promise<void> {
    const isHealthy = async (): Promise<boolean> => {
      const response = await fetch(`${this.httpUrl}/health`, { signal: AbortSignal.timeout(1_000) }).catch(
        () => undefined,
      );
      return response?.ok ?? false;
    };
    await waitFor(`${this.name} to be healthy`, isHealthy, (up) => up, READY_TIMEOUT_MS);
  }

  /** Sum of a metric's samples with these labels. */
  metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    return metricOf(this.httpUrl, name, labels);
  }

  /** The complete log of all its processes. */
  log(): string {
    const part = this.handle.parts().find(({ name }) => name === this.service);
    return part === undefined ? '' : readFileSync(part.logFile, 'utf8');
  }

  /** Stops the process gracefully and waits for its end. It drains, commits and leaves its groups. */
  async stop(): Promise<void> {
    await this.handle.stop();
    this.onStopped();
  }
}
