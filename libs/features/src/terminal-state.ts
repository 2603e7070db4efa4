import {
  advanceWindows,
  delayedCount,
  delayedFrauds,
  FREE_REGISTER,
  insertIntoDelayed,
  relabelInWindows,
} from './delayed-windows.js';
import { readEventLog, writeEventLog } from './event-log-codec.js';
import { EventLog, NOT_FOUND } from './event-log.js';
import { VECTOR_LAYOUT } from './fraud-detection-features.js';
import { bestOf, inForceOf, isFraudCode, isMoreTrusted, type LabelCode, labelCode, packLabels } from './label-code.js';
import { readLabelLog, writeLabelLog } from './label-log-codec.js';
import { LabelLog } from './label-log.js';
import {
  type ApplyOutcome,
  checkEvent,
  checkLabel,
  type LabelEvent,
  type LabelOutcome,
  type StateEvent,
} from './state-event.js';
import { readFrame, writeFrame } from './state-frame.js';
import { readDelayed } from './delayed-read.js';
import { ALLOWED_LATENESS_MS, MAX_PARKED_LABELS, TERMINAL_RETENTION_MS, WINDOW_COUNT } from './time-rules.js';

/** Register of the ring that says from which event time on the labels need a look: most events need not touch them. */
const LABELS_DUE_AT = FREE_REGISTER;
const SLOT = VECTOR_LAYOUT.terminal.from;

/**
 * What is known of one terminal: the transactions of the last 44 days, their labels, and running counts of transactions and
 * known frauds over (t − D − W, t − D], D = 7 days, for W of 1, 7 and 30 days. The state is a pure function of the sequence
 * of events and labels given to it, and so are its bytes.
 */
export class TerminalState {
  readonly #ring: EventLog;
  readonly #labels: LabelLog;
  private constructor(ring: EventLog, labels: LabelLog) {
    this.#ring = ring;
    this.#labels = labels;
    for (let entry = labels.first; entry < labels.end; entry++) {
      if (!labels.isParked(entry)) this.#noteBest(labels.transactionOf(entry), labels.codeAt(entry));
    }
    this.#revealLabels();
    advanceWindows(ring, ring.newest);
  }

  /** The state of a terminal never seen. */
  static empty(): TerminalState {
    return new TerminalState(new EventLog(), new LabelLog());
  }

  /** @throws AppError failed_precondition `STATE_CORRUPT`. */
  static decode(bytes: Uint8Array): TerminalState {
    return readFrame('terminal', bytes, (reader) => {
      const ring = readEventLog(reader, false);
      return new TerminalState(ring, readLabelLog(reader, ring));
    });
  }

  /** Packed form, about 12 bytes per event and 6 per label. */
  encode(): Uint8Array {
    this.#labels.compact(this.#ring.first, this.#ring.newest);
    return writeFrame('terminal', (writer) => {
      writeEventLog(writer, this.#ring, false);
      writeLabelLog(writer, this.#labels, this.#ring);
    });
  }

  /** Number of transactions held. */
  get eventCount(): number {
    return this.#ring.length;
  }

  /** Number of labels that wait for their transactions. */
  get parkedLabelCount(): number {
    return this.#labels.parkedCount;
  }

  /** Bytes of memory held, spare room included. */
  get byteLength(): number {
    return this.#ring.byteLength + this.#labels.byteLength;
  }

  /** Time of the newest event, −Infinity if there is none. Reads from 7 days before it on are exact. */
  get newestAtMs(): number {
    return this.#ring.newest;
  }

  /**
   * Takes a transaction in: O(1) amortised in order, O(distance) when late.
   * @throws AppError invalid_input `EVENT_INVALID`
   */
  apply(event: StateEvent): ApplyOutcome {
    checkEvent(event);
    const { idHash, occurredAtMs } = event;
    const ring = this.#ring;
    if (ring.indexOf(idHash) !== NOT_FOUND) return 'duplicate';
    if (occurredAtMs < ring.newest) return this.#applyLate(event);
    const seq = ring.end;
    ring.insert(seq, idHash, occurredAtMs, 0);
    if (ring.register(LABELS_DUE_AT) <= occurredAtMs) {
      ring.setValue(seq, this.#labels.join(idHash, seq, occurredAtMs));
      this.#revealLabels();
    }
    advanceWindows(ring, occurredAtMs);
    ring.dropThrough(occurredAtMs - TERMINAL_RETENTION_MS);
    return 'applied';
  }

  /**
   * Takes a label in. It counts in reads at t ≥ labelledAtMs; what was read before it came stands.
   * @throws AppError invalid_input `EVENT_INVALID`
   */
  applyLabel(label: LabelEvent): LabelOutcome {
    checkLabel(label);
    const seq = this.#ring.find(label.idHash, label.occurredAtMs);
    const code = labelCode(label.sourceRank, label.isFraud);
    this.#labels.compactIfDue(this.#ring.first, this.#ring.newest);
    if (seq === NOT_FOUND) return this.#park(label, code);
    const best = bestOf(this.#ring.valueAt(seq));
    if (!isMoreTrusted(code, best)) return code === best ? 'duplicate' : 'superseded';
    this.#noteBest(seq, code);
    this.#labels.addJoined(seq, label.labelledAtMs, code);
    this.#revealLabels();
    if (label.labelledAtMs <= this.#ring.newest) this.#putInForce(seq, code);
    return 'applied';
  }

  /**
   * Writes count and risk (known frauds / transactions; 0 for an empty window) of each window as of `atMs` into slots 9..14
   * of `out`. Called with the time of the event just applied it gives that event's features.
   */
  features(atMs: number, out: Float64Array): void {
    if (atMs !== this.#ring.newest) return this.peek(atMs, undefined, out);
    for (let w = 0; w < WINDOW_COUNT; w++)
      writeWindow(out, w, delayedCount(this.#ring, w), delayedFrauds(this.#ring, w));
  }

  /**
   * As `features`, also counting `inHand`, a transaction the state need not know; changes nothing. As the windows end a
   * label delay ago, a transaction read at its own time is never in them. O(labels held).
   */
  peek(atMs: number, inHand: StateEvent | undefined, out: Float64Array): void {
    const isKnown = inHand === undefined || this.#ring.find(inHand.idHash, inHand.occurredAtMs) !== NOT_FOUND;
    const extra = isKnown ? undefined : { atMs: inHand.occurredAtMs, isFraud: this.#isParkedFraud(inHand, atMs) };
    const read = readDelayed(this.#ring, this.#labels, atMs, extra);
    for (let w = 0; w < WINDOW_COUNT; w++) writeWindow(out, w, read.counts[w] as number, read.frauds[w] as number);
  }

  #applyLate({ idHash, occurredAtMs }: StateEvent): ApplyOutcome {
    if (occurredAtMs < this.#ring.newest - ALLOWED_LATENESS_MS) return 'too_late';
    const seq = this.#ring.upperBound(occurredAtMs);
    this.#labels.shiftTransactions(seq);
    this.#ring.insert(seq, idHash, occurredAtMs, 0);
    const labels = this.#labels.join(idHash, seq, this.#ring.newest);
    this.#ring.setValue(seq, labels);
    insertIntoDelayed(this.#ring, occurredAtMs, isFraudCode(inForceOf(labels)), this.#ring.newest);
    return 'late';
  }

  #park(label: LabelEvent, code: LabelCode): LabelOutcome {
    const { idHash: id, occurredAtMs, labelledAtMs } = label;
    if (occurredAtMs < this.#ring.newest - ALLOWED_LATENESS_MS) return 'too_late';
    const best = bestOf(this.#labels.parkedOf(id, labelledAtMs, this.#ring.newest));
    if (!isMoreTrusted(code, best)) return code === best ? 'duplicate' : 'superseded';
    if (this.#labels.parkedCount >= MAX_PARKED_LABELS) this.#labels.compact(this.#ring.first, this.#ring.newest);
    if (this.#labels.parkedCount >= MAX_PARKED_LABELS) return 'parking_full';
    this.#labels.addParked({ id, occurredAtMs }, labelledAtMs, code);
    this.#revealLabels();
    return 'parked';
  }

  /** Puts the labels in force that have become available at the newest event's time. */
  #revealLabels(): void {
    const labels = this.#labels;
    const { newest } = this.#ring;
    for (let entry = labels.revealNext(newest); entry !== NOT_FOUND; entry = labels.revealNext(newest)) {
      if (!labels.isParked(entry)) this.#putInForce(labels.transactionOf(entry), labels.codeAt(entry));
    }
    this.#ring.setRegister(LABELS_DUE_AT, labels.dueAtMs);
  }

  #putInForce(seq: number, code: LabelCode): void {
    if (seq < this.#ring.first) return;
    const packed = this.#ring.valueAt(seq);
    const before = inForceOf(packed);
    if (!isMoreTrusted(code, before)) return;
    this.#ring.setValue(seq, packLabels(code, bestOf(packed)));
    if (isFraudCode(code) !== isFraudCode(before)) relabelInWindows(this.#ring, seq, isFraudCode(code) ? 1 : -1);
  }

  #noteBest(seq: number, code: LabelCode): void {
    const packed = this.#ring.valueAt(seq);
    if (isMoreTrusted(code, bestOf(packed))) this.#ring.setValue(seq, packLabels(inForceOf(packed), code));
  }

  #isParkedFraud(inHand: StateEvent, atMs: number): boolean {
    return isFraudCode(inForceOf(this.#labels.parkedOf(inHand.idHash, atMs, this.#ring.newest)));
  }
}

function writeWindow(out: Float64Array, w: number, count: number, frauds: number): void {
  out[SLOT + 2 * w] = count;
  out[SLOT + 2 * w + 1] = count === 0 ? 0 : frauds / count;
}
