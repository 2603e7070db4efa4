import { TransientTable } from '../v8/transient-table.js';
import type { EncodedBody, RequestSlab } from './encoded-body.js';

/**
 * Loads a module of the installed kafkajs, e.g. `kafkajs/src/protocol/encoder`: a `require` of the package that depends
 * on kafkajs.
 */
export type LoadModule = (path: string) => unknown;

/** Free bytes before a body for the size, key, version, correlation id and client id of its request. */
export const REQUEST_HEADROOM = 512;

const MIN_PENDING_CHECK_MS = 10;
/** Also limits the throttle time of a broker: a longer `setTimeout` fires immediately, with a warning. */
const MAX_PENDING_CHECK_MS = 60_000;
/** Versions of the Metadata response that kafkajs supports. */
const METADATA_VERSIONS = [0, 1, 2, 3, 4, 5, 6] as const;

const TABLE = Symbol('requests in flight');

interface WithTable {
  [TABLE]?: TransientTable<unknown>;
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  /** Wall time until which the broker requested a pause, ms since the epoch; -1 if never. */
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

interface Encoder {
  buf: Buffer;
  offset: number;
  /** Added by `sendWithoutCopies`. */
  slab?: RequestSlab;
  writeEncoder(value: EncodedBody | Encoder): Encoder;
}

/**
 * Patches defects and expensive paths of kafkajs 2.2.4, which is frozen. Idempotent.
 * @throws what `load` throws if a module does not exist, as in another version
 */
export function applyKafkajsPatches(load: LoadModule): void {
  boundPendingChecks(load);
  tolerateMissingLeaders(load);
  sendWithoutCopies(load);
  releaseCompletedRequests(load);
}

/**
 * kafkajs re-arms this timer after each response with the negative time since the last throttling. Node 24 answers that
 * with a `TimeoutNegativeWarning` and a timer of 1 ms: a busy loop on each connection (tulios/kafkajs#1751, #1768). The
 * patch runs a timer only while requests wait, with a bounded delay.
 */
function boundPendingChecks(load: LoadModule): void {
  const { prototype } = load('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue & { checksAreBounded?: true };
  };
  if (prototype.checksAreBounded) return;
  prototype.checksAreBounded = true;
  prototype.scheduleCheckPendingRequests = function scheduleIfPending(): void {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return;
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      pendingCheckDelayMs(this.throttledUntil - Date.now()),
    );
  };
}

/**
 * Requests over the in-flight limit are sent with the next response; the timer is for throttling. NaN counts as no
 * throttling.
 */
function pendingCheckDelayMs(throttledForMs: number): number {
  return throttledForMs > MIN_PENDING_CHECK_MS ? Math.min(throttledForMs, MAX_PENDING_CHECK_MS) : MIN_PENDING_CHECK_MS;
}

/**
 * kafkajs wraps a request's body in two encoders, and each copies it into a buffer of up to twice its size. V8
 * schedules garbage collection by the bytes of new buffers, which took a fifth of a busy producer's time. If a body has
 * free bytes before it, the patch writes the header there instead.
 */
function sendWithoutCopies(load: LoadModule): void {
  const { prototype } = load('kafkajs/src/protocol/encoder') as { prototype: Encoder & { copiesLess?: true } };
  if (prototype.copiesLess) return;
  const original = Reflect.get(prototype, 'writeEncoder') as Encoder['writeEncoder'];
  prototype.copiesLess = true;
  prototype.writeEncoder = function writeEncoder(value): Encoder {
    const { slab } = value;
    if (slab === undefined || this.offset > slab.start) return original.call(this, value);
    const start = slab.start - this.offset;
    this.buf.copy(slab.bytes, start, 0, this.offset);
    this.buf = slab.bytes.subarray(start);
    this.offset = this.buf.length;
    this.slab = { bytes: slab.bytes, start };
    return this;
  };
}

/**
 * kafkajs keeps the in-flight requests of a connection in a Map, whose old tables keep completed requests and their
 * records alive (see TransientTable).
 */
function releaseCompletedRequests(load: LoadModule): void {
  const { prototype } = load('kafkajs/src/network/requestQueue') as { prototype: object };
  if ('inflight' in prototype) return;
  Object.defineProperty(prototype, 'inflight', {
    get(this: WithTable) {
      return this[TABLE];
    },
    // The constructor of kafkajs assigns an empty Map.
    set(this: WithTable) {
      this[TABLE] = new TransientTable();
    },
  });
}

interface ProtocolErrors {
  createErrorFromCode(code: number): Error;
}

interface MetadataResponse {
  parse(data: ParsedMetadata): Promise<ParsedMetadata>;
}

interface ParsedMetadata {
  readonly topicMetadata: readonly { readonly topicErrorCode: number }[];
}

/**
 * kafkajs rejects metadata as a whole if a single partition of any topic has no leader, so one offline partition would
 * prevent a process from reading and writing all others. The patch rejects only errors of a whole topic; a partition
 * without a leader has leader -1.
 */
function tolerateMissingLeaders(load: LoadModule): void {
  const { createErrorFromCode } = load('kafkajs/src/protocol/error') as ProtocolErrors;
  const parse: MetadataResponse['parse'] = async (data) => {
    const failed = data.topicMetadata.find(({ topicErrorCode }) => topicErrorCode !== 0);
    if (failed) throw createErrorFromCode(failed.topicErrorCode);
    return data;
  };
  for (const version of METADATA_VERSIONS) {
    const response = load(`kafkajs/src/protocol/requests/metadata/v${version}/response`) as MetadataResponse;
    response.parse = parse;
  }
}
