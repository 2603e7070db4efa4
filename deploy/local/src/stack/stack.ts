import { join } from 'node:path';
import { redactUrl } from '@fraudflow/config';
import { notFound, unavailable } from '@fraudflow/core';
import { postgresUrl } from '../embedded/postgres.js';
import { redisUrl } from '../embedded/redis.js';
import { Guardian } from '../supervise/guardian.js';
import type { Part } from '../supervise/part.js';
import type { StackEvent } from '../supervise/stack-event.js';
import { SupervisedPart } from '../supervise/supervised-part.js';
import { defaultLibDir, type Layout } from '../system/layout.js';
import { isPortFree } from '../system/ports.js';
import { memoryMbOf } from '../system/process-memory.js';
import type { StackAddresses } from './settings/addresses.js';
import { releaseDataDir } from './claim.js';
import { embeddedPart } from './embedded-part.js';
import { PortPlan } from './settings/port-plan.js';
import { removeRunState, writeRunState, type PartRecord, type ProcessMark } from './run-state.js';
import { planServices } from './services/service-parts.js';
import type { StackHandle } from './stack-handle.js';
import { EMBEDDED_NAMES, type EmbeddedName, type StackOptions } from './settings/stack-options.js';

const START_ATTEMPTS = 3;

/** Starts, supervises and stops the parts of one data folder and keeps its state file up to date. */
export class Stack implements StackHandle {
  addresses: StackAddresses = { kafkaBrokers: [], redisUrl: '', postgresUrl: '', services: {} };
  private readonly supervised = new Map<string, SupervisedPart>();
  private readonly guardian = new Guardian();
  private readonly ports: PortPlan;
  private readonly libDir: string;
  private readonly startedAtMs = Date.now();
  private isReady = false;
  private isClosed = false;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly layout: Layout,
    private readonly options: StackOptions,
    private readonly supervisor: ProcessMark,
  ) {
    this.ports = new PortPlan(options.ports ?? 'free', (usual, chosen) =>
      this.emit({ type: 'notice', text: `port ${usual} is in use, so ${chosen} is used instead` }),
    );
    this.libDir = options.libDir ?? defaultLibDir();
  }

  /** Starts the servers concurrently, then the services. Rejects if one of them does not become ready. */
  async start(): Promise<void> {
    const { layout, libDir, ports, options } = this;
    const planned: [EmbeddedName, Part][] = [];
    for (const name of this.embeddedNames()) planned.push([name, await this.buildEmbedded(name)]);
    await Promise.all(planned.map(([name, part]) => this.startEmbedded(name, part)));
    const services = await planServices({
      layout,
      libDir,
      ports,
      options,
      servers: this.serverAddresses(),
      notice: (text) => this.emit({ type: 'notice', text }),
    });
    this.addresses = services.addresses;
    await Promise.all(services.parts.map((part) => this.startPart(part)));
    this.isReady = true;
    this.save();
  }

  parts(): readonly PartRecord[] {
    return [...this.supervised.values()].map(recordOf);
  }

  kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): boolean {
    const part = this.supervised.get(name);
    if (!part) throw notFound(`no part is called ${name}; there are ${[...this.supervised.keys()].join(', ')}`);
    return part.kill(signal);
  }

  restartCounts(): Readonly<Record<string, number>> {
    return this.perPart(({ restarts }) => restarts);
  }

  memoryMb(): Readonly<Record<string, number>> {
    return this.perPart(({ pid }) => (pid === undefined ? 0 : memoryMbOf(pid)));
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    for (const kind of ['service', 'embedded']) {
      const parts = [...this.supervised.values()].filter(({ part }) => part.kind === kind);
      await Promise.all(parts.map((part) => part.stop()));
    }
    this.isClosed = true;
    this.guardian.close();
    removeRunState(this.layout);
    releaseDataDir(this.layout, this.supervisor);
  }

  private embeddedNames(): readonly EmbeddedName[] {
    const { external = {}, embedded = EMBEDDED_NAMES } = this.options;
    const elsewhere = { kafka: external.kafkaBrokers, redis: external.redisUrl, postgres: external.postgresUrl };
    return embedded.filter((name) => elsewhere[name] === undefined);
  }

  private buildEmbedded(name: EmbeddedName): Promise<Part> {
    const { layout, libDir, ports, options } = this;
    const notice = (text: string): void => this.emit({ type: 'notice', text });
    return embeddedPart(name, { layout, libDir, ports, options, notice });
  }

  /** Another process may take the port between the check and the start of the server; then it is tried again. */
  private async startEmbedded(name: EmbeddedName, first: Part): Promise<void> {
    let part = first;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.startPart(part);
      } catch (thrown) {
        await this.supervised.get(name)?.stop();
        if (attempt === START_ATTEMPTS || this.isInterrupted() || !(await hasTakenPort(part))) throw thrown;
        part = await this.buildEmbedded(name);
      }
    }
  }

  private async startPart(part: Part): Promise<void> {
    if (this.isInterrupted()) throw unavailable('the start was interrupted', { code: 'INTERRUPTED' });
    const supervised = new SupervisedPart(part, {
      logFile: join(this.layout.logs, `${part.name}.log`),
      guardian: this.guardian,
      emit: (event) => this.emit(event),
      onChange: () => this.save(),
    });
    this.supervised.set(part.name, supervised);
    await supervised.start(this.options.signal);
  }

  private isInterrupted(): boolean {
    return this.stopping !== undefined || this.options.signal?.aborted === true;
  }

  private serverAddresses(): Omit<StackAddresses, 'services'> {
    const { external = {} } = this.options;
    const kafka = this.supervised.get('kafka')?.part.address;
    const redisPort = this.supervised.get('redis')?.part.ports['redis'];
    const postgresPort = this.supervised.get('postgres')?.part.ports['postgres'];
    return {
      kafkaBrokers: external.kafkaBrokers ?? (kafka === undefined ? [] : [kafka]),
      redisUrl: external.redisUrl ?? (redisPort === undefined ? '' : redisUrl(this.layout, redisPort)),
      postgresUrl: external.postgresUrl ?? (postgresPort === undefined ? '' : postgresUrl(this.layout, postgresPort)),
    };
  }

  private perPart(measure: (part: SupervisedPart) => number): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.supervised].map(([name, part]) => [name, measure(part)]));
  }

  private emit(event: StackEvent): void {
    this.options.onEvent?.(event);
  }

  private save(): void {
    if (this.isClosed) return;
    const external = Object.entries(this.options.external ?? {});
    writeRunState(this.layout, {
      supervisor: this.supervisor,
      startedAtMs: this.startedAtMs,
      isReady: this.isReady,
      external: Object.fromEntries(external.map(([name, address]) => [name, redactUrl(String(address))])),
      parts: this.parts(),
    });
  }
}

async function hasTakenPort(part: Part): Promise<boolean> {
  const free = await Promise.all(Object.values(part.ports).map(isPortFree));
  return free.includes(false);
}

function recordOf({ part, state, pid, identity, logFile, startedAtMs, restarts }: SupervisedPart): PartRecord {
  const { name, kind, ports, address, stopSignal } = part;
  const running = pid === undefined || identity === undefined ? {} : { process: { pid, identity } };
  return { name, kind, state, ...running, ports, address, stopSignal, logFile, startedAtMs, restarts };
}
