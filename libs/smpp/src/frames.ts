import { commands, headerLength, headerOf, maxLength } from './pdu.ts';

const known: ReadonlySet<number> = new Set(Object.values(commands));

/** Cuts a stream of bytes into units, and finds the next unit behind bytes that are none. */
export class Frames {
  private held: Buffer = Buffer.alloc(0);

  /** Bytes of a unit that has not come whole. */
  get pending(): number {
    return this.held.length;
  }

  /** @param onBroken gets bytes that were no unit */
  add(bytes: Buffer, onBroken: (bytes: Buffer) => void): Buffer[] {
    this.held = this.held.length === 0 ? bytes : Buffer.concat([this.held, bytes]);
    return this.cut(onBroken);
  }

  /** The unit that is awaited does not come: its length was wrong. */
  giveUp(onBroken: (bytes: Buffer) => void): Buffer[] {
    this.skip(onBroken);
    return this.cut(onBroken);
  }

  private cut(onBroken: (bytes: Buffer) => void): Buffer[] {
    const units: Buffer[] = [];
    while (this.held.length >= 4) {
      const length = this.held.readUInt32BE(0);
      if (length < headerLength || length > maxLength) {
        this.skip(onBroken);
        continue;
      }
      if (this.held.length < length) break;
      units.push(this.held.subarray(0, length));
      this.held = this.held.subarray(length);
    }
    return units;
  }

  /** Drops bytes up to what looks like the beginning of a unit. */
  private skip(onBroken: (bytes: Buffer) => void): void {
    let at = 1;
    while (at + headerLength <= this.held.length && !looksLikeUnit(this.held.subarray(at))) at += 1;
    if (at + headerLength > this.held.length) at = this.held.length;
    onBroken(this.held.subarray(0, at));
    this.held = this.held.subarray(at);
  }
}

function looksLikeUnit(bytes: Buffer): boolean {
  const { length, command, status, sequence } = headerOf(bytes);
  const isAnswer = command >= 0x80000000;
  return (
    length >= headerLength &&
    length <= maxLength &&
    known.has(command) &&
    (isAnswer || status === 0) &&
    sequence > 0
  );
}
