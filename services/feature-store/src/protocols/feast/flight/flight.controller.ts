import { Buffer } from 'node:buffer';
import { arrowFlight } from '@fraudflow/contracts';
import type { GrpcServer } from '@fraudflow/rpc';
import { Schema } from 'apache-arrow';
import type { FlightService } from './flight.service.js';
import { asFlightError, flightMistake } from './wire/flight-errors.js';
import { encapsulatedSchema } from './wire/ipc-framing.js';

const UNKNOWN = -1;

/**
 * `arrow.flight.protocol.FlightService`: maps messages to service calls, and errors to the form that Feast's SDK reads.
 */
export class FlightController {
  constructor(
    private readonly flight: FlightService,
    private readonly server: GrpcServer,
  ) {}

  register(): void {
    const { server, flight } = this;
    server.add(arrowFlight.FlightServiceService, {
      doExchange: server.duplexStream<arrowFlight.FlightData, arrowFlight.FlightData>(
        'Flight.DoExchange',
        (messages, signal) => flightErrors(flight.exchange(messages, signal)),
      ),
      doPut: server.duplexStream<arrowFlight.FlightData, arrowFlight.PutResult>('Flight.DoPut', (messages, signal) =>
        flightErrors(nothing(flight.put(messages, signal))),
      ),
      doGet: server.serverStream('Flight.DoGet', ({ ticket }: arrowFlight.Ticket, signal) =>
        flightErrors(flight.get(ticket.toString('utf8'), signal)),
      ),
      getFlightInfo: server.unary('Flight.GetFlightInfo', async (descriptor: arrowFlight.FlightDescriptor) =>
        mapped(() => this.flightInfo(descriptor.cmd.toString('utf8'))),
      ),
      listFlights: server.serverStream('Flight.ListFlights', () => flightErrors(this.listFlights())),
      getSchema: server.unary('Flight.GetSchema', async () => {
        throw asFlightError(
          flightMistake('GetSchema is not supported: read the schema from the first message of DoGet', 'cmd'),
        );
      }),
      listActions: server.serverStream('Flight.ListActions', () => none()),
      doAction: server.serverStream('Flight.DoAction', ({ type }: arrowFlight.Action) =>
        flightErrors(refused(`action "${type}" is not supported: this server has no actions`)),
      ),
      handshake: server.duplexStream<arrowFlight.HandshakeRequest, arrowFlight.HandshakeResponse>(
        'Flight.Handshake',
        () => none(),
      ),
    });
  }

  private flightInfo(command: string): arrowFlight.FlightInfo {
    return infoOf(command, this.flight.pending.ticketOf(command));
  }

  private async *listFlights(): AsyncGenerator<arrowFlight.FlightInfo> {
    for (const { command, ticket } of this.flight.pending.list()) yield infoOf(command, ticket);
  }
}

/**
 * An empty location list means this server. The schema is empty, as in Feast's server, because it is known only when
 * the response is computed.
 */
function infoOf(command: string, ticket: string): arrowFlight.FlightInfo {
  return arrowFlight.FlightInfo.fromPartial({
    schema: encapsulatedSchema(new Schema([])),
    flightDescriptor: { type: arrowFlight.FlightDescriptor_DescriptorType.CMD, cmd: Buffer.from(command) },
    endpoint: [{ ticket: { ticket: Buffer.from(ticket) }, location: [] }],
    totalRecords: UNKNOWN,
    totalBytes: UNKNOWN,
  });
}

async function* flightErrors<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (thrown) {
    throw asFlightError(thrown);
  }
}

function mapped<T>(respond: () => T): T {
  try {
    return respond();
  } catch (thrown) {
    throw asFlightError(thrown);
  }
}

async function* nothing<T>(done: Promise<void>): AsyncGenerator<T> {
  await done;
  yield* none<T>();
}

async function* none<T>(): AsyncGenerator<T> {}

async function* refused<T>(reason: string): AsyncGenerator<T> {
  yield await Promise.reject<T>(flightMistake(reason, 'type'));
}
