import type { StackEvent } from '@fraudflow/local';

/** The message for an event of the stack; undefined for an event without a message. */
export function eventLine(event: StackEvent): string | undefined {
  switch (event.type) {
    case 'starting':
      return undefined;
    case 'ready':
      return `${event.part.padEnd(14)} ready at ${event.address} after ${seconds(event.tookMs)}`;
    case 'crashed':
      return `${event.part} ended (${event.how}); restarting it ${event.restartInMs === 0 ? 'now' : `in ${seconds(event.restartInMs)}`}`;
    case 'crash_loop':
      return `${event.part} has crashed ${event.crashes} times within a minute; next try in ${seconds(event.nextTryInMs)}. Its last lines:\n${indent(event.lastLines)}`;
    case 'gave_up':
      return `${event.part} is not started again, because ${event.why}:\n${indent(event.lastLines)}`;
    case 'stopped':
      return event.wasKilled ? `${event.part} did not stop in time and was killed` : `${event.part} stopped`;
    case 'notice':
      return event.text;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function indent(lines: string): string {
  return lines.replace(/^/gm, '    ');
}
