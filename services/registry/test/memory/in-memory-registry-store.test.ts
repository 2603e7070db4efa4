import { describeRegistryStore } from '../conformance/registry-store.js';
import { InMemoryRegistryStore } from './in-memory-registry-store.js';

describeRegistryStore('the registry in memory', async () => new InMemoryRegistryStore());
