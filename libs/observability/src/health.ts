import { asError } from '@fraudflow/core';

export interface HealthStatus {
  readonly ok: boolean;
  /** One sentence: what is wrong, or what the state is. */
  readonly detail: string;
}

export type HealthCheck = () => HealthStatus | Promise<HealthStatus>;

/** What a check stands for: answering requests (`/ready`) or processing the stream (`/ready/stream`). */
export type ReadinessScope = 'requests' | 'stream';

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

/** The named checks behind /ready: each dependency reachable, each consumer caught up. */
export class HealthRegistry {
  private readonly checks = new Map<string, NamedCheck>();
  private readonly drainListeners: (() => void)[] = [];
  private draining = false;

  /** @param scopes what fails with it; default both. A service that answers requests without Kafka leaves `requests` out for it. */
  add(name: string, check: HealthCheck, scopes: readonly ReadinessScope[] = ALL_SCOPES): void {
    this.checks.set(name, { run: check, scopes });
  }

  /** Calls `listener` when draining starts, or now if it has. */
  onDraining(listener: () => void): void {
    if (this.draining) listener();
    else this.drainListeners.push(listener);
  }

  /** From now on /ready says no, so that callers go elsewhere while running work ends. */
  startDraining(): void {
    if (this.draining) return;
    this.draining = true;
    for (const listener of this.drainListeners) listener();
  }

  /** Runs all checks. Those of another scope are listed, too, but do not count. */
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
 * A check that is run at most once per `ttlMs` and never twice at once, however often it is asked for: probes must not pile up
 * on a dependency that does not answer.
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
