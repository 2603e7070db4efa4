import { readEventLog, writeEventLog } from './event-log-codec.js';
import { EventLog, NOT_FOUND } from './event-log.js';
import { VECTOR_LAYOUT } from './fraud-detection-features.js';
import { type ApplyOutcome, checkEvent, type StateEvent } from './state-event.js';
import { readFrame, writeFrame } from './state-frame.js';
import {
  appendToWindows,
  insertIntoWindows,
  rebuildWindows,
  sumOf,
  windowCount,
  windowSum,
  windowSumFrom,
} from './sum-windows.js';
import { ALLOWED_LATENESS_MS, CUSTOMER_RETENTION_MS, WINDOW_COUNT, WINDOWS_MS } from './time-rules.js';
import { MINOR_PER_MAJOR } from './transaction-features.js';

const SLOT = VECTOR_LAYOUT.customer.from;

/**
 * What is known of one customer: the transactions of the last 37 days and running counts and sums over (t − W, t] for W of
 * 1, 7 and 30 days. The state is a pure function of the sequence of events given to `apply`, and so are its bytes.
 */
export class CustomerState {
  readonly #log: EventLog;
  private constructor(log: EventLog) {
    this.#log = log;
    rebuildWindows(log, log.newest);
  }

  /** The state of a customer never seen. */
  static empty(): CustomerState {
    return new CustomerState(new EventLog());
  }

  /** @throws AppError failed_precondition `STATE_CORRUPT`. */
  static decode(bytes: Uint8Array): CustomerState {
    return new CustomerState(readFrame('customer', bytes, (reader) => readEventLog(reader, true)));
  }

  /** Packed form, about 14 bytes per event. */
  encode(): Uint8Array {
    return writeFrame('customer', (writer) => writeEventLog(writer, this.#log, true));
  }

  /** Number of events held. */
  get eventCount(): number {
    return this.#log.length;
  }

  /** Bytes of memory held, spare room included. */
  get byteLength(): number {
    return this.#log.byteLength;
  }

  /** Time of the newest event, −Infinity if there is none. Reads from 7 days before it on are exact. */
  get newestAtMs(): number {
    return this.#log.newest;
  }

  /**
   * Takes a transaction in: O(1) amortised in order, O(distance) when late.
   * @throws AppError invalid_input `EVENT_INVALID`
   */
  apply(event: StateEvent): ApplyOutcome {
    checkEvent(event);
    const { idHash, occurredAtMs, amountMinor } = event;
    const log = this.#log;
    if (log.indexOf(idHash) !== NOT_FOUND) return 'duplicate';
    if (occurredAtMs < log.newest) return this.#applyLate(event);
    log.insert(log.end, idHash, occurredAtMs, amountMinor);
    appendToWindows(log, occurredAtMs, amountMinor);
    log.dropThrough(occurredAtMs - CUSTOMER_RETENTION_MS);
    return 'applied';
  }

  /**
   * Writes count and mean amount (major units; 0 for an empty window) of each window as of `atMs` into slots 3..8 of `out`.
   * Called with the time of the event just applied it gives that event's features.
   */
  features(atMs: number, out: Float64Array): void {
    if (atMs !== this.#log.newest) return this.peek(atMs, undefined, out);
    for (let w = 0; w < WINDOW_COUNT; w++) {
      writeWindow(out, w, windowCount(this.#log, w), windowSum(this.#log, w));
    }
  }

  /**
   * As `features`, also counting `inHand`, a transaction the state need not know; changes nothing. If the state does know its
   * id, it counts once, and a read at its own time ends with it: the numbers are those it got when applied.
   */
  peek(atMs: number, inHand: StateEvent | undefined, out: Float64Array): void {
    const log = this.#log;
    const known = inHand === undefined ? NOT_FOUND : log.find(inHand.idHash, inHand.occurredAtMs);
    const endsWithKnown = known !== NOT_FOUND && log.timeAt(known) === atMs;
    const end = endsWithKnown ? known + 1 : log.upperBound(atMs);
    for (let w = 0; w < WINDOW_COUNT; w++) {
      const edge = atMs - (WINDOWS_MS[w] as number);
      const from = log.upperBound(edge);
      const runsOn = end === log.end && atMs >= log.newest;
      const sum = runsOn ? windowSumFrom(log, w, from) : sumOf(log, from, end);
      const counts = inHand !== undefined && known === NOT_FOUND && isWithin(inHand.occurredAtMs, edge, atMs);
      writeWindow(out, w, end - from + (counts ? 1 : 0), sum + (counts ? inHand.amountMinor : 0));
    }
  }

  #applyLate({ idHash, occurredAtMs, amountMinor }: StateEvent): ApplyOutcome {
    if (occurredAtMs < this.#log.newest - ALLOWED_LATENESS_MS) return 'too_late';
    this.#log.insert(this.#log.upperBound(occurredAtMs), idHash, occurredAtMs, amountMinor);
    insertIntoWindows(this.#log, occurredAtMs, amountMinor, this.#log.newest);
    return 'late';
  }
}

function isWithin(time: number, edge: number, end: number): boolean {
  return edge < time && time <= end;
}

/** One division of two exact whole numbers, so the mean is the nearest double to the true one. */
function writeWindow(out: Float64Array, w: number, count: number, sumMinor: number): void {
  out[SLOT + 2 * w] = count;
  out[SLOT + 2 * w + 1] = count === 0 ? 0 : sumMinor / (MINOR_PER_MAJOR * count);
}
