/** Partitions of each keyed topic in a fault run. A test file may mock this module to run with another count. */
export const PARTITIONS = 4;
