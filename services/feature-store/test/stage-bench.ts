import type { StageCounts } from '../src/stream/stage-counts.js';
import {
  DecodedRecord,
  MemoryStageStore,
  type RawRecord,
  type StageContext,
  type StageDefinition,
  type StageEffects,
} from '@fraudflow/messaging';

/** Counts the outcomes that stages report, by `stage outcome`. */
export class CountedStages implements StageCounts {
  readonly counts = new Map<string, number>();

  events(stage: string, outcome: string, count: number): void {
    this.add(`${stage} ${outcome}`, count);
  }

  evicted(stage: string, count: number): void {
    this.add(`${stage} evicted`, count);
  }

  expired(stage: string, count: number): void {
    this.add(`${stage} expired`, count);
  }

  of(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  private add(name: string, count: number): void {
    this.counts.set(name, this.of(name) + count);
  }
}

const ID = { stage: 'stage', partition: 0 };

/** One partition of one stage over a store; each call processes and commits one batch. */
export class StageBench<Input> {
  readonly store = new MemoryStageStore();
  private processor;
  private offset = 0;
  private epoch = 0;

  constructor(private readonly definition: StageDefinition<Input>) {
    this.processor = definition.open(0);
  }

  /** Simulates a restart of the process. */
  restart(): void {
    this.processor = this.definition.open(0);
  }

  async batch(values: readonly unknown[]): Promise<StageEffects> {
    if (this.epoch === 0) ({ epoch: this.epoch } = await this.store.claim(ID));
    const decode = this.definition.subscription?.decode as (raw: RawRecord) => Input;
    const records = values.map((value, i) => {
      const raw = { offset: this.offset + i, key: null, value: bytesOf(value), headers: {}, appendedAtMs: 0 };
      return new DecodedRecord('in', 0, raw, decode(raw));
    });
    const effects = await this.processor.process(records, this.context());
    const expected = this.offset === 0 ? undefined : this.offset;
    this.offset += values.length;
    const writes = effects.writes ?? new Map<string, Uint8Array | null>();
    await this.store.commit({ id: ID, epoch: this.epoch, expected, next: this.offset, writes, seen: new Map() });
    return effects;
  }

  async keys(): Promise<string[]> {
    const keys: string[] = [];
    let cursor: string | undefined = '0';
    while (cursor !== undefined) {
      const page = await this.store.scan(ID, cursor);
      keys.push(...page.keys);
      ({ cursor } = page);
    }
    return keys;
  }

  async stateOf(key: string): Promise<string> {
    const [state] = await this.store.read(ID, [key]);
    return Buffer.from(state ?? []).toString('hex');
  }

  private context(): StageContext {
    const base = { topic: 'in', partition: 0, groupId: 'g', firstOffset: 0, lastOffset: 0, epoch: this.epoch };
    return {
      ...base,
      signal: new AbortController().signal,
      heartbeat: async () => undefined,
      reject: () => undefined,
      mayDefer: false,
      read: (keys) => this.store.read(ID, keys),
      scan: (cursor) => this.store.scan(ID, cursor),
    };
  }
}

const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
