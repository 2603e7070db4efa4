import { Buffer } from 'node:buffer';
import { arrowFlight } from '@fraudflow/contracts';
import type { GrpcServiceBinding, GrpcStreamContext } from '@fraudflow/service';
import { Controller } from '@nestjs/common';
import { Ctx, GrpcMethod, GrpcStreamMethod, Payload } from '@nestjs/microservices';
import { Schema } from 'apache-arrow';
import { FlightService } from './flight.service.js';
import { asFlightError, flightMistake } from './wire/flight-errors.js';
import { encapsulatedSchema } from './wire/ipc-framing.js';

const UNKNOWN = -1;

/** The gRPC service that `FlightController` implements. */
export const FLIGHT_SERVICE: GrpcServiceBinding = {
  definition: arrowFlight.FlightServiceService,
  metricName: (method) => `Flight.${method}`,
};

type Messages = AsyncIterable<arrowFlight.FlightData>;

/**
 * `arrow.flight.protocol.FlightService`: maps messages to service calls, and errors to the form that Feast's SDK reads.
 */
@Controller()
export class FlightController {
  constructor(private readonly flight: FlightService) {}

  @GrpcStreamMethod('FlightService', 'DoExchange')
  doExchange(@Payload() messages: Messages, @Ctx() { signal }: GrpcStreamContext): Messages {
    return flightErrors(this.flight.exchange(messages, signal));
  }

  @GrpcStreamMethod('FlightService', 'DoPut')
  doPut(@Payload() messages: Messages, @Ctx() { signal }: GrpcStreamContext): AsyncIterable<arrowFlight.PutResult> {
    return flightErrors(nothing(this.flight.put(messages, signal)));
  }

  @GrpcMethod('FlightService', 'DoGet')
  doGet(@Payload() { ticket }: arrowFlight.Ticket, @Ctx() { signal }: GrpcStreamContext): Messages {
    return flightErrors(this.flight.get(ticket.toString('utf8'), signal));
  }

  @GrpcMethod('FlightService', 'GetFlightInfo')
  getFlightInfo(@Payload() descriptor: arrowFlight.FlightDescriptor): arrowFlight.FlightInfo {
    const command = descriptor.cmd.toString('utf8');
    return mapped(() => infoOf(command, this.flight.pending.ticketOf(command)));
  }

  @GrpcMethod('FlightService', 'ListFlights')
  listFlights(): AsyncIterable<arrowFlight.FlightInfo> {
    return flightErrors(this.pendingFlights());
  }

  @GrpcMethod('FlightService', 'GetSchema')
  getSchema(): never {
    throw asFlightError(
      flightMistake('GetSchema is not supported: read the schema from the first message of DoGet', 'cmd'),
    );
  }

  @GrpcMethod('FlightService', 'ListActions')
  listActions(): AsyncIterable<arrowFlight.ActionType> {
    return none();
  }

  @GrpcMethod('FlightService', 'DoAction')
  doAction(@Payload() { type }: arrowFlight.Action): AsyncIterable<arrowFlight.Result> {
    return flightErrors(refused(`action "${type}" is not supported: this server has no actions`));
  }

  @GrpcStreamMethod('FlightService', 'Handshake')
  handshake(): AsyncIterable<arrowFlight.HandshakeResponse> {
    return none();
  }

  private async *pendingFlights(): AsyncGenerator<arrowFlight.FlightInfo> {
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
