/**
 * Settings of the services that a run of minutes needs and a real installation would not choose. With labels a week
 * late a challenger can have learnt the drift only when training days, two delays and the test days have passed since;
 * fewer test days shorten the wait, and each request after the cooldown tries again.
 */
export function demoEnvironment(partitions: number): Readonly<Record<string, string>> {
  return {
    FRAUDFLOW_KAFKA_PARTITIONS: String(partitions),
    FRAUDFLOW_TRAINER_TEST_DAYS: '4',
    FRAUDFLOW_DRIFT_COOLDOWN: '3d',
  };
}
