import { MemoryPendingLabels } from '../../test/memory-pending-labels.js';
import { describePendingLabels } from '../../test/pending-labels.conformance.js';

describePendingLabels('waiting labels in memory', async () => new MemoryPendingLabels());
