interface Place {
  readonly host: string;
  readonly port: number;
}

const LENGTH_BYTES = 4;

/**
 * Replaces a broker's address by another of the same length wherever it stands in the broker's replies. Every version of Kafka's protocol
 * writes an address as the host's characters followed at once by the port as a 32-bit integer, so the place is found without parsing.
 * Works on whole replies, because a search over arbitrary pieces would have to hold bytes back that somebody waits for.
 */
export class KafkaAddressRewriter {
  private readonly wanted: Buffer;
  private readonly replacement: Buffer;
  private pending = Buffer.alloc(0);

  constructor(from: Place, to: Place) {
    this.wanted = onTheWire(from);
    this.replacement = onTheWire(to);
  }

  /** Takes a piece of the stream; returns the replies that are whole by now, addresses replaced. */
  push(chunk: Buffer): Buffer {
    const bytes = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    const end = endOfWholeReplies(bytes);
    this.pending = Buffer.from(bytes.subarray(end));
    const whole = Buffer.from(bytes.subarray(0, end));
    for (let at = whole.indexOf(this.wanted); at >= 0; at = whole.indexOf(this.wanted, at + this.wanted.length)) {
      this.replacement.copy(whole, at);
    }
    return whole;
  }
}

function endOfWholeReplies(bytes: Buffer): number {
  let end = 0;
  while (end + LENGTH_BYTES <= bytes.length) {
    const next = end + LENGTH_BYTES + bytes.readInt32BE(end);
    if (next > bytes.length) break;
    end = next;
  }
  return end;
}

function onTheWire({ host, port }: Place): Buffer {
  const bytes = Buffer.alloc(host.length + 4);
  bytes.write(host, 'latin1');
  bytes.writeInt32BE(port, host.length);
  return bytes;
}
