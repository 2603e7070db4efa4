import { describeCheckpointStore } from './checkpoint-store.conformance.js';
import { MemoryCheckpointStore } from './memory-checkpoint-store.js';

describeCheckpointStore('memory', async () => {
  const store = new MemoryCheckpointStore();
  return {
    store,
    timePasses: async (ms) => store.passTime(ms),
    loseState: async () => store.lose(),
    close: async () => undefined,
  };
});
