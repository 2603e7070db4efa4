interface Place {
  readonly host: string;
  readonly port: number;
}

const LENGTH_BYTES = 4;

/**
 * Replaces every occurrence of a broker's address in its responses by another address of the same length. All versions
 * of Kafka's protocol encode an address as the characters of the host followed directly by the port as a 32-bit
 * integer, so it can be found without parsing. It works on complete responses: a search over arbitrary chunks would
 * have to delay bytes that a client waits for.
 */
export class KafkaAddressRewriter {
  private readonly wanted: Buffer;
  private readonly replacement: Buffer;
  private pending = Buffer.alloc(0);

  constructor(from: Place, to: Place) {
    this.wanted = onTheWire(from);
    this.replacement = onTheWire(to);
  }

  /** Takes a chunk of the stream. @returns the responses that are complete now, with replaced addresses */
  push(chunk: Buffer): Buffer {
    const bytes = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    const end = endOfCompleteResponses(bytes);
    this.pending = Buffer.from(bytes.subarray(end));
    const whole = Buffer.from(bytes.subarray(0, end));
    for (let at = whole.indexOf(this.wanted); at >= 0; at = whole.indexOf(this.wanted, at + this.wanted.length)) {
      this.replacement.copy(whole, at);
    }
    return whole;
  }
}

function endOfCompleteResponses(bytes: Buffer): number {
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
