import { randomUUID } from 'node:crypto';
import type { Clock } from '@fraudflow/core';
import { flightError } from './flight-errors.js';
import type { Upload } from './upload.js';

interface Pending {
  readonly upload: Upload;
  readonly ticket: string;
  readonly expiresAtMs: number;
}

export interface PendingLimits {
  readonly maxPendingBytes: number;
  readonly commandTimeoutMs: number;
}

/**
 * Uploads between DoPut and DoGet, for Feast up to 0.66. Each upload can be fetched once. Total bytes and age are
 * bounded: the oldest uploads are evicted. They are kept in the memory of this process, so several feature stores
 * behind one address need Feast 0.67 or later, which uses a single call.
 */
export class PendingCommands {
  /** In insertion order, so the oldest is first. */
  private readonly byTicket = new Map<string, Pending>();
  private heldBytes = 0;

  constructor(
    private readonly limits: PendingLimits,
    private readonly clock: Clock,
  ) {}

  add(upload: Upload): void {
    this.dropExpired();
    const previous = this.find(upload.command);
    if (previous !== undefined) this.remove(previous);
    const ticket = randomUUID();
    const expiresAtMs = this.clock.nowMs() + this.limits.commandTimeoutMs;
    this.byTicket.set(ticket, { upload, ticket, expiresAtMs });
    this.heldBytes += upload.bytes;
    for (const oldest of this.byTicket.values()) {
      if (this.heldBytes <= this.limits.maxPendingBytes || oldest.ticket === ticket) return;
      this.remove(oldest);
    }
  }

  /** The ticket of a command that was put. @throws AppError not_found, a Flight error */
  ticketOf(command: string): string {
    this.dropExpired();
    const found = this.find(command);
    if (found === undefined) throw unknownFlight();
    return found.ticket;
  }

  /** Removes an upload and returns it. @throws AppError not_found, a Flight error */
  take(ticket: string): Upload {
    this.dropExpired();
    const found = this.byTicket.get(ticket);
    if (found === undefined) throw unknownFlight();
    this.remove(found);
    return found.upload;
  }

  /** Pending commands, oldest first. */
  list(): readonly { readonly command: string; readonly ticket: string }[] {
    this.dropExpired();
    return [...this.byTicket.values()].map(({ upload, ticket }) => ({ command: upload.command, ticket }));
  }

  private find(command: string): Pending | undefined {
    return [...this.byTicket.values()].find(({ upload }) => upload.command === command);
  }

  private remove({ ticket, upload }: Pending): void {
    if (this.byTicket.delete(ticket)) this.heldBytes -= upload.bytes;
  }

  private dropExpired(): void {
    const nowMs = this.clock.nowMs();
    for (const pending of this.byTicket.values()) {
      if (pending.expiresAtMs > nowMs) return;
      this.remove(pending);
    }
  }
}

function unknownFlight(): ReturnType<typeof flightError> {
  const message = 'no such flight: it was not put, or it was fetched, expired or evicted. Put the command again.';
  return flightError('not_found', 'FeastObjectNotFoundException', message, 'ticket');
}
