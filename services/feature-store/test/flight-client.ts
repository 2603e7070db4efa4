import { Buffer } from 'node:buffer';
import { arrowFlight } from '@fraudflow/contracts';
import { createGrpcClient } from '@fraudflow/rpc';
import { RecordBatchReader, type Table, Table as ArrowTable, tableToIPC } from 'apache-arrow';
import { flightMessages, ipcChunks } from '../src/protocols/feast/flight/wire/ipc-framing.js';

type FlightData = arrowFlight.FlightData;

const { CMD } = arrowFlight.FlightDescriptor_DescriptorType;

/** A small Flight client that makes the same calls as Feast's SDK. */
export class FlightClient {
  private readonly client: arrowFlight.FlightServiceClient;

  constructor(address: string) {
    this.client = createGrpcClient(arrowFlight.FlightServiceClient, address);
  }

  close(): void {
    this.client.close();
  }

  /** Feast 0.67 and later: command and response on one stream. */
  exchange(command: object, table: Table): Promise<Table> {
    const call = this.client.doExchange();
    for (const message of messagesOf(command, table)) call.write(message);
    call.end();
    return readTable(call);
  }

  /** Feast up to 0.66, first step. */
  put(command: object, table: Table): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = this.client.doPut();
      call.on('error', reject);
      call.on('end', resolve);
      call.resume();
      for (const message of messagesOf(command, table)) call.write(message);
      call.end();
    });
  }

  info(command: object): Promise<arrowFlight.FlightInfo> {
    const descriptor = { type: CMD, cmd: Buffer.from(JSON.stringify(command)), path: [] };
    return new Promise((resolve, reject) => {
      this.client.getFlightInfo(descriptor, (error, info) => (error ? reject(error) : resolve(info)));
    });
  }

  get(ticket: Buffer): Promise<Table> {
    return readTable(this.client.doGet({ ticket }));
  }
}

function messagesOf(command: object, table: Table): readonly FlightData[] {
  const flightDescriptor = { type: CMD, cmd: Buffer.from(JSON.stringify(command)), path: [] };
  const messages = flightMessages(tableToIPC(table, 'stream'));
  return messages.map((message, i) => (i === 0 ? { ...message, flightDescriptor } : message));
}

async function readTable(call: AsyncIterable<unknown>): Promise<Table> {
  const chunks: Uint8Array[] = [];
  for await (const message of call) chunks.push(...ipcChunks(message as FlightData));
  const reader = RecordBatchReader.from(chunks);
  const batches = [...reader];
  return batches.length === 0 ? new ArrowTable(reader.schema) : new ArrowTable(batches);
}
