import { BoundSearchesAndFreezeFiles1764600000000 } from './bound-searches-and-freeze-files.migration.js';
import { CreateRegistry1764000000000 } from './create-registry.migration.js';

/** Migrations of the schema, in order. Released migrations are not edited; a new migration corrects a mistake. */
export const registryMigrations = [CreateRegistry1764000000000, BoundSearchesAndFreezeFiles1764600000000];
