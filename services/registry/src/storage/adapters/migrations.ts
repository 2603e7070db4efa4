import { CreateRegistry1764000000000 } from './create-registry.migration.js';

/** Forward steps of the schema, in order. Never edited once released; a mistake is mended by a further step. */
export const registryMigrations = [CreateRegistry1764000000000];
