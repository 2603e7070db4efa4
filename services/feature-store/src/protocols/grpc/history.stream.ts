import { type featuresV1 } from '@fraudflow/contracts';
import { invalidInput, LABEL_SOURCES } from '@fraudflow/core';
import type { History, HistoryEvent } from '../../offline/history/history.port.js';

/** Streams the stored history in order of arrival, to be sent again. */
export async function* streamHistory(
  history: History,
  { fromMs, toMs }: featuresV1.ReadHistoryRequest,
  signal: AbortSignal,
): AsyncGenerator<featuresV1.ReadHistoryResponse> {
  if (toMs <= fromMs) throw invalidInput('to_ms: must be greater than from_ms', { field: 'to_ms' });
  for await (const events of history.events({ fromMs, toMs }, 'arrival', signal))
    yield { events: events.map(toMessage) };
}

function toMessage(event: HistoryEvent): featuresV1.HistoryEvent {
  const { transactionId, occurredAtMs, customerId, terminalId } = event;
  const keys = { transactionId, occurredAtMs, customerId, terminalId };
  if (event.kind === 'transaction') {
    const { amountMinor, currency } = event;
    return { event: { $case: 'transaction', value: { ...keys, amountMinor, currency } } };
  }
  const { isFraud, labelledAtMs, sourceRank } = event;
  const source = LABEL_SOURCES[sourceRank] ?? 'chargeback';
  return { event: { $case: 'label', value: { ...keys, isFraud, labelledAtMs, source } } };
}
