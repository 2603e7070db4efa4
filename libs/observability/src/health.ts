import { asError } from '@fraudflow/core';

/** Result of a health check. */
export interface HealthStatus {
  readonly ok: boolean;
  /** One sentence that describes the problem or the state. */
  readonly detail: string;
}

/** Checks one dependency. A rejection counts as a failed check. */
export type HealthCheck = () => HealthStatus | Promise<HealthStatus>;

/** Work that depends on a check: serving requests (`/ready`) or processing the stream (`/ready/stream`). */
export type ReadinessScope = 'requests' | 'stream';

/** Body of /ready: readiness and the status of each named check. */
export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, HealthStatus>>;
}

interface NamedCheck {
  readonly run: HealthCheck;
  readonly scopes: readonly ReadinessScope[];
}

/** Longest a single check may take before it counts as failed, ms. */
const CHECK_TIMEOUT_MS = 2_000;
const ALL_SCOPES: readonly ReadinessScope[] = ['requests', 'stream'];

/** The named checks of /ready, e.g. that each dependency is reachable and each consumer has caught up. */
export class HealthRegistry {
  private readonly checks = new Map<string, NamedCheck>();
  private readonly drainListeners: (() => void)[] = [];
  private draining = false;

  /**
   * Adds a check, or replaces the one with the same name.
   * @param scopes work that depends on the check; default both. If requests do not need Kafka, its check has only
   * `stream`.
   */
  add(name: string, check: HealthCheck, scopes: readonly ReadinessScope[] = ALL_SCOPES): void {
    this.checks.set(name, { run: check, scopes });
  }

  /** Calls `listener` when draining starts, or immediately if draining has started. */
  onDraining(listener: () => void): void {
    if (this.draining) listener();
    else this.drainListeners.push(listener);
  }

  /**
   * From now on /ready reports not ready, so that load balancers route to other replicas while running work finishes.
   */
  startDraining(): void {
    if (this.draining) return;
    this.draining = true;
    for (const listener of this.drainListeners) listener();
  }

  /** Runs all checks. Checks of other scopes are listed, but do not affect readiness. */
  async readiness(scope: ReadinessScope = 'requests'): Promise<ReadinessReport> {
    const entries = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await run(check.run)] as const),
    );
    if (this.draining) entries.push(['process', { ok: false, detail: 'shutting down' }]);
    const ready = entries.every(
      ([name, status]) => status.ok || this.checks.get(name)?.scopes.includes(scope) === false,
    );
    return { ready, checks: Object.fromEntries(entries) };
  }
}

/**
 * Wraps a check so that it runs at most once per `ttlMs` and never concurrently with itself. So frequent probes do not
 * pile up on a dependency that does not respond.
 * @param now clock of the time to live, ms; monotonic
 * @returns a check that gives the last status, or the one of the run in progress
 */
export function cachedCheck(
  check: HealthCheck,
  ttlMs: number,
  now: () => number = () => performance.now(),
): HealthCheck {
  let last: { readonly atMs: number; readonly status: Promise<HealthStatus> } | undefined;
  let isRunning = false;
  return () => {
    if (last && (isRunning || now() - last.atMs < ttlMs)) return last.status;
    isRunning = true;
    const status = settled(check).finally(() => {
      isRunning = false;
    });
    last = { atMs: now(), status };
    return status;
  };
}

async function settled(check: HealthCheck): Promise<HealthStatus> {
  try {
    return await check();
  } catch (thrown) {
    return { ok: false, detail: asError(thrown).message };
  }
}

async function run(check: HealthCheck): Promise<HealthStatus> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<HealthStatus>((resolve) => {
    timer = setTimeout(
      () => resolve({ ok: false, detail: `no response within ${CHECK_TIMEOUT_MS} ms` }),
      CHECK_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([Promise.resolve().then(check), timeout]);
  } catch (thrown) {
    return { ok: false, detail: asError(thrown).message };
  } finally {
    clearTimeout(timer);
  }
}
