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
 * The conformance suite of `EventBus` and `StageStore` implementations: order, at-least-once delivery, unchanged dead
 * letters, retry in place, back-pressure, fencing, and exactly-once effects of crashing stages. The in-memory bus and
 * the real broker pass the same suite.
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
