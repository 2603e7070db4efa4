import { afterAll, beforeAll, describe } from 'vitest';
import { defined } from '@fraudflow/core';
import { describeConsuming } from './event-bus-consuming.conformance.js';
import type { EventBusUnderTest } from './event-bus-fixture.js';
import { describeLostState } from './event-bus-lost-state.conformance.js';
import { describeProducing } from './event-bus-producing.conformance.js';
import { describeStageStore } from './event-bus-stage-store.conformance.js';
import { describeStages } from './event-bus-stages.conformance.js';
import { describeTopicChanges } from './event-bus-topics.conformance.js';

/**
 * The behaviour every `EventBus` (with a `StageStore` beside it) must show: order, at-least-once, dead letters byte for byte, retry in
 * place, back-pressure, fencing, and effects exactly once whenever a stage dies. The in-memory bus and the real broker pass the same.
 */
export function describeEventBus(name: string, create: () => Promise<EventBusUnderTest>): void {
  describe(`event bus: ${name}`, () => {
    let under: EventBusUnderTest | undefined;
    const current = (): EventBusUnderTest => defined(under, 'event bus under test');
    beforeAll(async () => {
      under = await create();
    });
    afterAll(() => under?.close());

    describeProducing(current);
    describeConsuming(current);
    describeStages(current);
    describeLostState(current);
    describeTopicChanges(current);
    describeStageStore(name, () => current().store);
  });
}
