import { asError } from '@fraudflow/core';

export interface HealthStatus {
  readonly ok: boolean;
  /** One sentence: what is wrong, or what the state is. */
  readonly detail: string;
}

export type HealthCheck = () => HealthStatus | Promise<HealthStatus>;

export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, HealthStatus>>;
}

/** Longest a single check may take before it counts as failed, ms. */
const CHECK_TIMEOUT_MS = 2_000;

/** The named checks behind /ready: each dependency reachable, each consumer caught up. */
export class HealthRegistry {
  private readonly checks = new Map<string, HealthCheck>();
  private draining = false;

  add(name: string, check: HealthCheck): void {
    this.checks.set(name, check);
  }

  /** From now on /ready says no, so that callers go elsewhere while running work ends. */
  startDraining(): void {
    this.draining = true;
  }

  async readiness(): Promise<ReadinessReport> {
    const entries = await Promise.all([...this.checks].map(async ([name, check]) => [name, await run(check)] as const));
    if (this.draining) entries.push(['process', { ok: false, detail: 'shutting down' }]);
    return { ready: entries.every(([, status]) => status.ok), checks: Object.fromEntries(entries) };
  }
}

async function run(check: HealthCheck): Promise<HealthStatus> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<HealthStatus>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, detail: `no answer in ${CHECK_TIMEOUT_MS} ms` }), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([Promise.resolve().then(check), timeout]);
  } catch (thrown) {
    return { ok: false, detail: asError(thrown).message };
  } finally {
    clearTimeout(timer);
  }
}
