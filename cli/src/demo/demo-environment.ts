/** Settings of the services that a run of minutes needs and a real installation would not choose. */
export function demoEnvironment(partitions: number): Readonly<Record<string, string>> {
  return {
    FRAUDFLOW_KAFKA_PARTITIONS: String(partitions),
    FRAUDFLOW_LOG_LEVEL: 'info',
  };
}
