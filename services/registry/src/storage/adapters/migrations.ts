import { BoundSearchesAndFreezeFiles1764600000000 } from './bound-searches-and-freeze-files.migration.js';
import { CreateRegistry1764000000000 } from './create-registry.migration.js';

/** Forward steps of the schema, in order. Never edited once released; a mistake is corrected by a further step. */
export const registryMigrations = [CreateRegistry1764000000000, BoundSearchesAndFreezeFiles1764600000000];
