import { MemoryWaitingLabels } from '../../test/memory-waiting-labels.js';
import { describeWaitingLabels } from '../../test/waiting-labels.conformance.js';

describeWaitingLabels('waiting labels in memory', async () => new MemoryWaitingLabels());
