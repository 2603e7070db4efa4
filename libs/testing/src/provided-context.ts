import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of each broker of the Kafka that all integration tests share. Use unique topic and group names. */
    kafkaBrokers: readonly string[];
    /** Use unique keys. */
    redisUrl: string;
    /** Use a separate schema. */
    postgresUrl: string;
  }
}
