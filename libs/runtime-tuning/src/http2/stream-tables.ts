import type { Http2Server, ServerHttp2Session } from 'node:http2';
import { types } from 'node:util';
import { TransientTable } from '../v8/transient-table.js';

interface SessionState {
  streams?: unknown;
}

/** Largest number of open connections of a gRPC server; further ones are closed. */
const MAX_CONNECTIONS = 2_000;

/**
 * Bounds the connections of a gRPC server, and replaces the stream tables of its HTTP/2 sessions by `TransientTable`s,
 * which hold no references to ended streams. It uses private parts of Node and grpc-js. If those have changed, it
 * changes nothing.
 * @param server a `Server` of grpc-js that does not listen yet
 */
export function prepareHttp2Servers(server: object): void {
  const create: unknown = Reflect.get(server, 'createHttp2Server');
  if (typeof create !== 'function') return;
  const createPrepared = (...values: unknown[]): unknown => {
    const made = Reflect.apply(create, server, values) as Http2Server;
    made.maxConnections = MAX_CONNECTIONS;
    made.on('session', replaceStreams);
    return made;
  };
  Reflect.set(server, 'createHttp2Server', createPrepared);
}

/**
 * Replaces the stream table of a session by a `TransientTable`.
 * @returns false if the session has streams already or its private state has another shape; it is then unchanged
 */
export function replaceStreams(session: ServerHttp2Session): boolean {
  const symbol = Object.getOwnPropertySymbols(session).find(({ description }) => description === 'state');
  const state = symbol && (Reflect.get(session, symbol) as SessionState | undefined);
  if (state === undefined || !types.isMap(state.streams) || state.streams.size > 0) return false;
  state.streams = new TransientTable();
  return true;
}
