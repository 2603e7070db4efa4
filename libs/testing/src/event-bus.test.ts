import { MemoryBus, MemoryStageStore } from '@fraudflow/messaging';
import { describeEventBus } from './event-bus.conformance.js';

describeEventBus('in memory', async () => {
  const bus = new MemoryBus();
  const store = new MemoryStageStore();
  return { bus, store, loseState: async () => store.lose(), close: () => bus.close() };
});
