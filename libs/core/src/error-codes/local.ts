import type { ErrorCodeEntries } from './error-code-entry.js';

/** Codes of the local stack and of the command line. */
export const LOCAL_CODES = {
  ALREADY_RUNNING: {
    kinds: ['conflict'],
    meaning: 'A stack is already running on this folder.',
    operator: 'Stop it with ./fraudflow down, or use the running one.',
  },
  NOT_RUNNING: {
    kinds: ['failed_precondition'],
    meaning: 'The command needs a running stack, and none is running.',
    operator: 'Start one with ./fraudflow up.',
  },
  INTERRUPTED: {
    kinds: ['unavailable'],
    meaning: 'The start of the stack, or a benchmark, was interrupted.',
    operator: 'Run the command again.',
  },
  PART_NOT_STARTED: {
    kinds: ['unavailable'],
    meaning: 'A process of the stack did not become ready.',
    operator: 'Read the log file that the message names; its last lines follow the message.',
  },
  JAR_MISSING: {
    kinds: ['failed_precondition'],
    meaning: 'A Java archive of the embedded Kafka or Redis is missing.',
    operator: 'Run ./fraudflow once with network access: it downloads the archives.',
  },
  ZIP_ENTRY_NOT_FOUND: {
    kinds: ['not_found'],
    meaning: 'A downloaded archive does not hold the expected file.',
    operator: 'Delete the archive and run ./fraudflow again.',
  },
  ZIP_DAMAGED: {
    kinds: ['assertion_failed'],
    meaning: 'A downloaded archive is damaged.',
    operator: 'Delete the archive and run ./fraudflow again.',
  },
  KAFKA_FORMAT: {
    kinds: ['unavailable'],
    meaning: 'The storage of the embedded Kafka could not be formatted.',
    operator: 'Check Java and the free disk space; the message holds the output of Kafka.',
  },
  POSTGRES_NOT_FOUND: {
    kinds: ['failed_precondition'],
    meaning: 'No Postgres binaries exist for this machine.',
    operator: 'Run npm ci, or install Postgres.',
  },
  POSTGRES_ROOT: {
    kinds: ['failed_precondition'],
    meaning: 'Postgres refuses to run as root, and no other account can be used.',
    operator: 'Run fraudflow as an ordinary user.',
  },
  POSTGRES_INITDB: {
    kinds: ['unavailable'],
    meaning: 'The database folder of the embedded Postgres could not be created.',
    operator: 'Check free disk space and permissions; the message holds the output of initdb.',
  },
  POSTGRES_VERSION: {
    kinds: ['failed_precondition'],
    meaning: 'The database folder was created by another major version of Postgres.',
    operator: 'Move the folder away, or name the binaries of the old version.',
  },
  REDIS_NOT_RUNNABLE: {
    kinds: ['failed_precondition'],
    meaning: 'No redis-server runs on this machine.',
    operator: 'Install Redis as stated in the message.',
  },
  REDIS_ACCOUNT_INVALID: {
    kinds: ['failed_precondition'],
    meaning: 'A further Redis account is not one line that begins with "user ".',
    operator: 'Correct the setting of the further accounts.',
  },
  EMBEDDED_REDIS_UNSAFE: {
    kinds: ['failed_precondition'],
    meaning: 'The embedded Redis has a known vulnerability and may listen on loopback only.',
    operator: 'Install a current Redis as stated in the message, or bind the stack to a loopback address.',
  },
  CSV_HEADER_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'A CSV file for a replay is empty, or its header lacks columns.',
    operator: 'Add the columns that the message lists.',
  },
  CSV_CELL_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'A cell of a CSV file has an invalid value.',
    operator: 'Correct the cell; the message names the column and the accepted values.',
  },
  WOULD_BE_STORED_TWICE: {
    kinds: ['invalid_input'],
    meaning: 'A replay would send transactions again that are too old to be recognised as repeats.',
    operator: 'Replay into another Kafka with `--to HOST:PORT`, or begin at the time of the message with `--from`.',
  },
} as const satisfies ErrorCodeEntries;
