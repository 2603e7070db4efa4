import { redactUrl, type Secret } from '@fraudflow/config';
import { asError, unavailable } from '@fraudflow/core';
import type { Logger } from '@fraudflow/observability';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type KeyReads, noAnswer, type StoredValues } from '@fraudflow/redis';
import { type Reply, ReplyParser } from './reply-parser.js';

export interface MgetConnectionOptions {
  /** `redis[s]://[[user]:password@]host[:port][/database]` */
  readonly url: Secret;
  readonly logger: Logger;
  /** Longest wait for one read, ms. */
  readonly timeoutMs?: number;
}

/** A command that waits for its reply. */
interface Command {
  readonly text: string;
  /** False for commands that set up one connection and are not repeated on the next. */
  readonly isRead: boolean;
  readonly deadlineMs: number;
  readonly done: (reply: Reply) => void;
  readonly fail: (reason: string) => void;
}

const TIMEOUT_MS = 10_000;
const DEADLINE_CHECK_MS = 500;
const READ_BYTES = 65_536;
const USUAL_PORT = 6379;
const MAX_PAUSE_MS = 1_000;
const PAUSE_STEP_MS = 50;
/** Waiting reads fail after this number of failed connection attempts. */
const MAX_ATTEMPTS = 4;

/**
 * A read-only connection to Redis: pipelined MGET commands whose values are passed on in reused memory. The usual
 * client allocates a buffer per chunk and per value. A read of a hundred rows allocates 200 KB of them, and their
 * garbage collection stopped the service for 20 ms ten times a second. Commands in flight are repeated after a
 * reconnect.
 */
export class MgetConnection implements KeyReads {
  private readonly target: URL;
  private readonly parser = new ReplyParser();
  private readonly timeoutMs: number;
  private readonly deadlines: NodeJS.Timeout;
  private socket: Socket | undefined;
  private isReady = false;
  private isClosed = false;
  private attempts = 0;
  private reconnecting: NodeJS.Timeout | undefined;
  private sent: Command[] = [];
  private waiting: Command[] = [];

  constructor(private readonly options: MgetConnectionOptions) {
    this.target = new URL(options.url.reveal());
    this.timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.deadlines = setInterval(() => this.failLate(), DEADLINE_CHECK_MS).unref();
    this.open();
  }

  /**
   * @throws AppError unavailable if Redis is unreachable, too slow or refuses the command; and whatever `use` throws
   */
  read<T>(keys: readonly string[], use: (values: StoredValues) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => reject(noAnswer(reason));
      const done = (reply: Reply): void => {
        if (reply.kind !== 'values') return fail(reply.kind === 'error' ? reply.message : 'no list of values');
        if (reply.values.length !== keys.length) return fail(`${reply.values.length} values of ${keys.length}`);
        try {
          resolve(use(reply.values));
        } catch (thrown) {
          reject(asError(thrown));
        }
      };
      if (this.isClosed) return fail('the connection is closed');
      const deadlineMs = performance.now() + this.timeoutMs;
      const command = { text: commandText('MGET', keys), isRead: true, deadlineMs, done, fail };
      if (this.isReady) this.send(command);
      else this.waiting.push(command);
    });
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.deadlines);
    clearTimeout(this.reconnecting);
    this.socket?.destroy();
    this.failAll('the connection was closed');
  }

  private open(): void {
    const { hostname, port, protocol } = this.target;
    const host = hostname.replace(/^\[|\]$/g, '');
    const address = { host, port: port === '' ? USUAL_PORT : Number(port) };
    const name = isIP(host) === 0 ? { servername: host } : {};
    const onData = (chunk: Uint8Array): boolean => this.take(chunk);
    const onread = {
      buffer: new Uint8Array(READ_BYTES),
      callback: (count: number, bytes: Uint8Array) => onData(bytes.subarray(0, count)),
    };
    const isEncrypted = protocol === 'rediss:';
    const socket = isEncrypted ? connectTls({ ...address, ...name }) : connect({ ...address, onread });
    if (isEncrypted) socket.on('data', onData);
    socket.setNoDelay(true).setKeepAlive(true);
    socket.once(isEncrypted ? 'secureConnect' : 'connect', () => this.greet());
    socket.on('error', (error) => this.warn(error.message));
    socket.once('close', () => this.reopen());
    this.socket = socket;
  }

  /** Authenticates and selects the database before the first read. */
  private greet(): void {
    const { username, password, pathname } = this.target;
    const user = username === '' ? [] : [decodeURIComponent(username)];
    const database = pathname.slice(1);
    const greetings: (readonly [string, readonly string[]])[] = [];
    if (password !== '') greetings.push(['AUTH', [...user, decodeURIComponent(password)]]);
    if (database !== '' && database !== '0') greetings.push(['SELECT', [database]]);
    for (const [name, words] of greetings) this.send(this.greeting(name, words));
    if (greetings.length === 0) this.begin();
  }

  private greeting(name: string, words: readonly string[]): Command {
    return {
      text: commandText(name, words),
      isRead: false,
      deadlineMs: performance.now() + this.timeoutMs,
      done: (reply) => {
        if (reply.kind === 'error') this.socket?.destroy(unavailable(`${name}: ${reply.message}`));
        else if (this.sent.length === 0) this.begin();
      },
      // It is sent again on the next connection.
      fail: () => undefined,
    };
  }

  private begin(): void {
    this.isReady = true;
    for (const command of this.waiting.splice(0)) this.send(command);
  }

  private send(command: Command): void {
    this.sent.push(command);
    this.socket?.write(command.text);
  }

  private take(chunk: Uint8Array): boolean {
    try {
      this.parser.take(chunk, (reply) => {
        const command = this.sent.shift();
        if (command?.isRead === true) this.attempts = 0;
        command?.done(reply);
      });
    } catch (thrown) {
      this.socket?.destroy(asError(thrown));
    }
    return true;
  }

  private reopen(): void {
    this.isReady = false;
    this.parser.clear();
    if (this.isClosed) return;
    this.waiting = [...this.sent.splice(0).filter(({ isRead }) => isRead), ...this.waiting];
    if (++this.attempts % MAX_ATTEMPTS === 0) this.failAll('Redis cannot be reached');
    const pauseMs = Math.min(this.attempts * PAUSE_STEP_MS, MAX_PAUSE_MS);
    this.reconnecting = setTimeout(() => this.open(), pauseMs);
  }

  /** A connection on which one read timed out is closed, because its other reads would time out as well. */
  private failLate(): void {
    const nowMs = performance.now();
    const isLate = ({ deadlineMs }: Command): boolean => deadlineMs <= nowMs;
    const late = [...this.sent, ...this.waiting].filter(isLate);
    if (late.length === 0) return;
    const isStuck = this.sent.some(isLate);
    this.sent = this.sent.filter((command) => !isLate(command));
    this.waiting = this.waiting.filter((command) => !isLate(command));
    if (isStuck) this.socket?.destroy();
    for (const { fail } of late) fail(`no answer within ${this.timeoutMs} ms`);
  }

  private failAll(reason: string): void {
    for (const { fail } of [...this.sent.splice(0), ...this.waiting.splice(0)]) fail(reason);
  }

  private warn(reason: string): void {
    const url = redactUrl(this.target.href);
    this.options.logger.warn({ event: 'redis_read_connection_error', url, reason });
  }
}

/** A command in RESP: the number of words, then each word with its length in bytes. */
function commandText(name: string, words: readonly string[]): string {
  let text = `*${words.length + 1}\r\n$${name.length}\r\n${name}\r\n`;
  for (const word of words) text += `$${Buffer.byteLength(word)}\r\n${word}\r\n`;
  return text;
}
