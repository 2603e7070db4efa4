import type { OnApplicationShutdown } from '@nestjs/common';

type Close = () => unknown;

/**
 * What the providers of a service have opened. After the servers and streams of the service have ended, everything is
 * closed in reverse order, so that a resource outlives what was opened with it. All are closed, even if one fails.
 */
export class Resources implements OnApplicationShutdown {
  private readonly opened: Close[] = [];

  /** Registers the close of an opened resource. @returns the resource */
  add<Resource>(resource: Resource, close: (resource: Resource) => unknown): Resource {
    this.opened.push(() => close(resource));
    return resource;
  }

  /** Called by Nest. @throws the first failure, after everything was closed or has failed */
  async onApplicationShutdown(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.opened.splice(0).toReversed()) {
      try {
        await close();
      } catch (thrown) {
        failures.push(thrown);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
