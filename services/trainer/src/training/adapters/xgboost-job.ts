import type { LabelledMatrix, RoundLog } from '../tree-trainer.port.js';

/** Everything the worker thread needs; crosses by structured clone. */
export interface XgboostJob {
  readonly library: { readonly path: string; readonly openMpPath?: string };
  readonly features: number;
  readonly train: LabelledMatrix;
  /** Measured after each round beside the training rows. */
  readonly validation?: LabelledMatrix;
  /** Rows whose margins come back, for parity checks of the exported model. */
  readonly marginsFor?: Float32Array;
  readonly params: Readonly<Record<string, string>>;
  readonly rounds: number;
  /** One Int32, 1 once the caller gave up; read between rounds. */
  readonly cancelled: SharedArrayBuffer;
}

/** What the worker tells the main thread. */
export type XgboostMessage =
  | { readonly kind: 'progress'; readonly log: RoundLog }
  | { readonly kind: 'done'; readonly modelJson: string; readonly margins?: Float32Array }
  | { readonly kind: 'cancelled' }
  | {
      readonly kind: 'failed';
      readonly reason: 'library' | 'training';
      readonly message: string;
      readonly missing?: string;
    };
