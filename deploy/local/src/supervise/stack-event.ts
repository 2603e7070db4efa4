import type { PartKind } from './part.js';

/** Events of a stack in their order. The command line prints them. */
export type StackEvent =
  | { readonly type: 'starting'; readonly part: string; readonly kind: PartKind }
  | {
      readonly type: 'ready';
      readonly part: string;
      readonly kind: PartKind;
      readonly address: string;
      readonly tookMs: number;
    }
  | { readonly type: 'crashed'; readonly part: string; readonly how: string; readonly restartInMs: number }
  | {
      readonly type: 'crash_loop';
      readonly part: string;
      readonly crashes: number;
      readonly nextTryInMs: number;
      readonly lastLines: string;
    }
  | { readonly type: 'gave_up'; readonly part: string; readonly why: string; readonly lastLines: string }
  | { readonly type: 'stopped'; readonly part: string; readonly wasKilled: boolean }
  | { readonly type: 'notice'; readonly text: string };

export type StackEventListener = (event: StackEvent) => void;
