import { Agent, request } from 'node:http';
import { FuzzRandom } from './fuzz-random.js';
import { FuzzReport, inParallel } from './fuzz-report.js';

export interface FuzzRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Parts in braces are replaced by unusual texts: `/v1/models/{name}`. */
  readonly path: string;
  /** A valid body, which is changed in one or a few places. */
  readonly sample?: unknown;
}

export interface HttpFuzzOptions {
  readonly baseUrl: string;
  readonly routes: readonly FuzzRoute[];
  readonly calls: number;
  readonly seed: number;
  /** Accepted statuses of 500 and above, e.g. 503 before a model is loaded. */
  readonly alsoAllowed?: readonly number[];
}

const LANES = 4;
const RESPONSE_TIMEOUT_MS = 15_000;
const JSON_TYPE = 'application/json';
const OTHER_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/json; charset=utf-16',
  'é',
  '',
] as const;

/** Sends malformed requests to routes of a service. Each must get a response in time, with a status below 500. */
export async function fuzzHttp(options: HttpFuzzOptions): Promise<FuzzReport> {
  const report = new FuzzReport();
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  await inParallel(options.calls, LANES, async (call) => {
    const random = new FuzzRandom(options.seed * 1_000_003 + call);
    const route = options.routes[call % options.routes.length] as FuzzRoute;
    const { status, detail } = await responseTo(agent, options.baseUrl, route, random);
    const isAllowed = status !== undefined && (status < 500 || options.alsoAllowed?.includes(status) === true);
    report.add({ target: `${route.method} ${route.path}`, call, status, detail }, isAllowed);
  });
  agent.destroy();
  return report;
}

function responseTo(agent: Agent, baseUrl: string, route: FuzzRoute, random: FuzzRandom) {
  return new Promise<{ status: number | undefined; detail: string }>((resolve) => {
    const hasBody = route.method !== 'GET' && route.method !== 'DELETE';
    const body = hasBody ? oddBody(random, route.sample) : Buffer.alloc(0);
    const type = random.chance(12) ? random.pick(OTHER_TYPES.filter((other) => other !== 'é')) : JSON_TYPE;
    const call = request(new URL(oddPath(random, route.path), baseUrl), {
      agent,
      method: route.method,
      headers: hasBody ? { 'content-type': type, 'content-length': body.length } : {},
      timeout: RESPONSE_TIMEOUT_MS,
    });
    call.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text = text.length < 500 ? text + chunk.toString() : text));
      response.on('end', () => resolve({ status: response.statusCode, detail: text.slice(0, 500) }));
      response.on('error', (error) => resolve({ status: response.statusCode, detail: error.message }));
    });
    call.on('timeout', () => call.destroy(new Error('no response')));
    call.on('error', (error) => resolve(refusedWhileSending(error)));
    call.end(body);
  });
}

/** A server may refuse a large body and close before it was sent completely. This counts as status 413. */
function refusedWhileSending(error: Error): { status: number | undefined; detail: string } {
  const { code } = error as NodeJS.ErrnoException;
  const status = code === 'EPIPE' || code === 'ECONNRESET' ? 413 : undefined;
  return { status, detail: error.message };
}

function oddPath(random: FuzzRandom, path: string): string {
  const filled = path.replaceAll(/\{[^}]*\}/g, () =>
    encodeURIComponent(random.text()).slice(0, 300).replace(/%.?$/, ''),
  );
  return random.chance(6) ? `${filled}?${encodeURIComponent(random.text()).slice(0, 300)}=${random.below(9)}` : filled;
}

function oddBody(random: FuzzRandom, sample: unknown): Buffer {
  const text = JSON.stringify(sample ?? {});
  switch (random.below(9)) {
    case 0:
      return random.bytes(random.below(300));
    case 1:
      return Buffer.from(text.slice(0, random.below(text.length + 1)));
    case 2:
      return Buffer.from('['.repeat(random.pick([10, 1_000, 50_000])));
    case 3:
      return Buffer.from(`[${'{},'.repeat(random.pick([10, 1_000, 100_000]))}{}]`);
    case 4:
      return Buffer.from(
        random.pick(['null', '1', '"x"', '1e400', '{"a":1,"a":2}', '{"__proto__":{"x":1}}', '{}', '[]', '']),
      );
    case 5:
      return damaged(random, Buffer.from(text));
    default:
      return Buffer.from(JSON.stringify(changed(random, sample ?? {})));
  }
}

function damaged(random: FuzzRandom, bytes: Buffer): Buffer {
  for (let flips = 1 + random.below(4); flips > 0; flips--) bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}

/** A copy with an unusual value in one place. */
function changed(random: FuzzRandom, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || random.chance(6)) return oddValue(random);
  const entries = Object.entries(value);
  if (entries.length === 0) return oddValue(random);
  const at = random.below(entries.length);
  const copy = entries.map(
    ([key, item], index) =>
      [index === at && random.chance(5) ? random.text() : key, index === at ? changed(random, item) : item] as const,
  );
  return Array.isArray(value) ? copy.map(([, item]) => item) : Object.fromEntries(copy);
}

function oddValue(random: FuzzRandom): unknown {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
  return random.pick<unknown>([
    null,
    true,
    random.text(),
    random.number(),
    [],
    {},
    [random.text()],
    { [random.text()]: random.number() },
    nested(40),
    nested(500),
    Array<number>(2_000).fill(1),
  ]);
}
