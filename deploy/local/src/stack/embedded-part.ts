import { kafkaPart } from '../embedded/kafka.js';
import { postgresPart } from '../embedded/postgres.js';
import { redisPart } from '../embedded/redis.js';
import type { Part } from '../supervise/part.js';
import type { Layout } from '../system/layout.js';
import { bindAddress, isLoopback } from './settings/bind-address.js';
import type { PortPlan } from './settings/port-plan.js';
import type { EmbeddedName, StackOptions } from './settings/stack-options.js';

export interface EmbeddedContext {
  readonly layout: Layout;
  readonly libDir: string;
  readonly ports: PortPlan;
  readonly options: StackOptions;
  readonly notice: (text: string) => void;
}

/** Creates the part of that name on ports that are free now. */
export async function embeddedPart(name: EmbeddedName, context: EmbeddedContext): Promise<Part> {
  const { layout, libDir, ports, options, notice } = context;
  switch (name) {
    case 'kafka':
      return kafkaPart({ layout, libDir, port: await ports.take(29_092), controllerPort: await ports.take(29_093) });
    case 'redis':
      return redisPart({
        layout,
        libDir,
        port: await ports.take(26_379),
        redisServer: options.redisServer,
        redisUsers: options.redisUsers,
        isLoopbackOnly: isLoopback(bindAddress(options.env)),
      });
    case 'postgres': {
      const port = await ports.take(25_432);
      return postgresPart({ layout, port, postgresBinDir: options.postgresBinDir, notice });
    }
  }
}
