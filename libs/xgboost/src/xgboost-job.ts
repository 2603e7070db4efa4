import { invalidInput } from '@fraudflow/core';
import type { LabelledMatrix, RoundLog } from './tree-trainer.port.js';

/** Input of the training process. */
export interface XgboostJob {
  readonly library: { readonly path: string; readonly openMpPath?: string };
  readonly features: number;
  readonly train: LabelledMatrix;
  /** Rows measured after each round, in addition to the training rows. */
  readonly validation?: LabelledMatrix;
  /** Rows whose margins are returned, for parity checks of the exported model. */
  readonly marginsFor?: Float32Array;
  readonly params: Readonly<Record<string, string>>;
  readonly rounds: number;
}

/** Message from the training process to the trainer. */
export type XgboostMessage =
  | { readonly kind: 'progress'; readonly log: RoundLog }
  | {
      readonly kind: 'done';
      readonly modelJson: string;
      readonly margins?: Float32Array;
      readonly libraryVersion: string;
    }
  | {
      readonly kind: 'failed';
      readonly reason: 'library' | 'training';
      readonly message: string;
      readonly missing?: string;
    };

interface JobHead extends Omit<XgboostJob, 'train' | 'validation' | 'marginsFor'> {
  /** Lengths of the arrays that follow, in order; 0 for an absent one. */
  readonly lengths: readonly number[];
}

const CHUNK_BYTES = 1024 * 1024;
const MAX_HEAD_BYTES = 1024 * 1024;

/**
 * Encodes a job for the standard input of the process: length of the header (uint32), header (JSON), then the arrays as
 * raw float32. The chunks are views of the caller's arrays (zero-copy), which must not change until the last chunk is
 * consumed.
 */
export function* encodeJob(job: XgboostJob): Iterable<Uint8Array> {
  const { train, validation, marginsFor, ...rest } = job;
  const none = new Float32Array(0);
  const arrays = [train.rows, train.labels, validation?.rows ?? none, validation?.labels ?? none, marginsFor ?? none];
  const head: JobHead = { ...rest, lengths: arrays.map(({ length }) => length) };
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  yield length;
  yield text;
  for (const array of arrays) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let from = 0; from < bytes.length; from += CHUNK_BYTES) yield bytes.subarray(from, from + CHUNK_BYTES);
  }
}

/**
 * Decodes the output of {@link encodeJob}.
 * @throws AppError invalid_input if the bytes end early.
 */
export async function decodeJob(chunks: AsyncIterable<Uint8Array>): Promise<XgboostJob> {
  const input = new Input(chunks);
  const length = Buffer.from(await input.read(4)).readUInt32LE();
  if (length > MAX_HEAD_BYTES) throw invalidInput(`a job's head of ${length} bytes`);
  const head = JSON.parse(Buffer.from(await input.read(length)).toString('utf8')) as JobHead;
  const { lengths, ...rest } = head;
  const array = async (at: number): Promise<Float32Array> =>
    new Float32Array(await input.read((lengths[at] ?? 0) * Float32Array.BYTES_PER_ELEMENT));
  const train = { rows: await array(0), labels: await array(1) };
  const validation = { rows: await array(2), labels: await array(3) };
  const marginsFor = await array(4);
  return {
    ...rest,
    train,
    ...(validation.labels.length > 0 && { validation }),
    ...(marginsFor.length > 0 && { marginsFor }),
  };
}

/** Reads exact lengths from a stream of chunks. */
class Input {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  async read(length: number): Promise<ArrayBuffer> {
    const piece = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (this.rest.length === 0) await this.next();
      const taken = this.rest.subarray(0, length - filled);
      piece.set(taken, filled);
      filled += taken.length;
      this.rest = this.rest.subarray(taken.length);
    }
    return piece.buffer;
  }

  private async next(): Promise<void> {
    const { done, value } = await this.chunks.next();
    if (done === true) throw invalidInput('the job ends early');
    this.rest = value;
  }
}
