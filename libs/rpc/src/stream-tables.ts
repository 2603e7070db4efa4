import type { Http2Server, ServerHttp2Session } from 'node:http2';
import { types } from 'node:util';
import { TransientTable } from '@fraudflow/core';
import type { Server } from '@grpc/grpc-js';

interface SessionState {
  streams?: unknown;
}

/** Connections a gRPC server accepts at once; further ones are closed. */
const MAX_CONNECTIONS = 2_000;

/**
 * Bounds the connections of a gRPC server, and gives its sessions tables for their streams that hold nothing of ended ones. It
 * uses what is private in Node and in grpc-js: where they have changed, it leaves everything as it is.
 */
export function prepareHttp2Servers(server: Server): void {
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

/** True if the session's streams lie in a table of ours now. */
export function replaceStreams(session: ServerHttp2Session): boolean {
  const symbol = Object.getOwnPropertySymbols(session).find(({ description }) => description === 'state');
  const state = symbol && (Reflect.get(session, symbol) as SessionState | undefined);
  if (state === undefined || !types.isMap(state.streams) || state.streams.size > 0) return false;
  state.streams = new TransientTable();
  return true;
}
