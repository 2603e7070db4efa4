import { type ClientHttp2Session, connect } from 'node:http2';
import { contractShapes } from '../grpc/message-shape.js';
import { oddMessage } from './fuzz-message.js';
import { FuzzRandom } from './fuzz-random.js';
import { FuzzReport, inParallel } from './fuzz-report.js';

export interface GrpcFuzzOptions {
  /** `host:port`. */
  readonly address: string;
  /** Full names of the services; their methods are called in turn. */
  readonly services: readonly string[];
  readonly calls: number;
  readonly seed: number;
  /** Accepted statuses in addition to those of client errors, e.g. 14 (UNAVAILABLE) before a model is loaded. */
  readonly alsoAllowed?: readonly number[];
}

const LANES = 4;
/**
 * Bound, because early responses reset streams, and HTTP/2 servers close a connection after many resets (nghttp2:
 * 1,000; CVE-2023-44487).
 */
const CALLS_PER_SESSION = 500;
const RESPONSE_TIMEOUT_MS = 15_000;
/** UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE, DATA_LOSS: statuses of server errors. */
const FAULTS_OF_THE_SERVER: ReadonlySet<number> = new Set([2, 4, 13, 14, 15]);

/**
 * Sends malformed calls over plain HTTP/2, without a gRPC client, to every method of some services. Each call must get
 * a status in time, and none of the server-error statuses.
 */
export async function fuzzGrpc(options: GrpcFuzzOptions): Promise<FuzzReport> {
  const report = new FuzzReport();
  const shapes = contractShapes();
  const methods = [...shapes.requests].filter(([path]) => options.services.includes(path.split('/')[1] ?? ''));
  const sessions = new Sessions(options.address);
  await inParallel(options.calls, LANES, async (call) => {
    const [path, type] = methods[call % methods.length] ?? ['/', ''];
    const random = new FuzzRandom(options.seed * 1_000_003 + call);
    const { status, detail } = await responseTo(
      sessions.next(),
      path,
      framed(random, oddMessage(random, shapes, type)),
      random,
    );
    const isAllowed =
      status !== undefined && (!FAULTS_OF_THE_SERVER.has(status) || options.alsoAllowed?.includes(status) === true);
    report.add({ target: path, call, status, detail }, isAllowed);
  });
  sessions.close();
  return report;
}

/**
 * Opens a new connection every few hundred calls. All stay open until the end, because closing one rejects calls not
 * yet sent.
 */
class Sessions {
  private readonly opened: ClientHttp2Session[] = [];
  private calls = 0;

  constructor(private readonly address: string) {}

  next(): ClientHttp2Session {
    const last = this.opened.at(-1);
    if (this.calls++ % CALLS_PER_SESSION > 0 && last !== undefined) return last;
    const session = connect(`http://${this.address}`);
    session.on('error', () => undefined);
    this.opened.push(session);
    return session;
  }

  close(): void {
    for (const session of this.opened) session.close();
  }
}

/** The message with its five-byte gRPC prefix, sometimes duplicated. */
function framed(random: FuzzRandom, message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  const frame = Buffer.concat([prefix, message]);
  return random.chance(40) ? Buffer.concat([frame, frame]) : frame;
}

interface Outcome {
  readonly status: number | undefined;
  readonly detail: string;
}

/** The status in the trailers, or 0 as soon as a message arrives, because streams may never end. */
function responseTo(session: ClientHttp2Session, path: string, body: Buffer, random: FuzzRandom): Promise<Outcome> {
  return new Promise((resolve) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(random.chance(5) ? { traceparent: random.pick(['x', '00-', 'é', `00-${'0'.repeat(32)}`]) } : {}),
    });
    const done = (status: number | undefined, detail: unknown): void => {
      clearTimeout(timer);
      stream.close();
      resolve({ status, detail: String(detail) });
    };
    const timer = setTimeout(() => done(undefined, 'no response'), RESPONSE_TIMEOUT_MS);
    const onHeaders = (headers: Readonly<Record<string, unknown>>): void => {
      if (headers['grpc-status'] !== undefined) done(Number(headers['grpc-status']), headers['grpc-message'] ?? '');
    };
    stream.on('response', onHeaders);
    stream.on('trailers', onHeaders);
    stream.on('data', () => done(0, ''));
    stream.on('error', (error) => done(undefined, error.message));
    stream.on('close', () => done(undefined, 'closed without a status'));
    stream.end(body);
  });
}
