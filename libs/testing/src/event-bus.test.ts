import { MemoryBus, MemoryStageStore } from '@fraudflow/messaging';
import { describeEventBus } from './event-bus.conformance.js';

describeEventBus('in memory', async () => {
  const bus = new MemoryBus();
  return { bus, store: new MemoryStageStore(), close: () => bus.close() };
});
