import { Double, Int32, Long } from 'bson';
import { bsonType } from '../bson.ts';
import { unsupported } from '../errors.ts';
import { compareValues, ORDER, toNumber, typeOrder } from '../keys/compare.ts';
import { encodeValue } from '../keys/encode.ts';
import { addDecimals, kindOf } from '../update/numbers.ts';

/** The running value of one accumulator in one group. */
export interface Accumulator {
  /** Adds a value, undefined where it is missing; gives the bytes that it keeps from now on. */
  add(value: unknown): number;
  result(): unknown;
}

const isNumber = (value: unknown) =>
  value !== undefined && value !== null && typeOrder(value) === ORDER.number;

function extreme(wanted: number): Accumulator {
  let best: unknown;
  return {
    add(value) {
      if (value === undefined || value === null) return 0;
      if (best === undefined || Math.sign(compareValues(value, best)) === wanted) best = value;
      return 0;
    },
    result: () => best ?? null,
  };
}

/** A sum by MongoDB's rules: the widest type wins, an int that overflows is a long, a long that overflows a double. */
class Sum implements Accumulator {
  #integers = 0n;
  /** Integers that are not in the big sum yet. */
  #small = 0;
  #doubles = 0;
  #decimal: unknown;
  #isLong = false;
  #isDouble = false;

  add(value: unknown): number {
    if (!isNumber(value)) return 0;
    const kind = kindOf(value);
    if (kind === 'decimal') {
      this.#decimal = this.#decimal === undefined ? value : addDecimals(this.#decimal, value);
    } else if (kind === 'double') {
      this.#doubles += toNumber(value);
      this.#isDouble = true;
    } else {
      this.#isLong ||= kind === 'long';
      const number = toNumber(value);
      if (!Number.isSafeInteger(number)) {
        this.#integers += (value as Long).toBigInt();
        return 0;
      }
      const sum = this.#small + number;
      if (Number.isSafeInteger(sum)) {
        this.#small = sum;
      } else {
        this.#integers += BigInt(this.#small);
        this.#small = number;
      }
    }
    return 0;
  }

  result(): unknown {
    const whole = this.#integers + BigInt(this.#small);
    if (this.#decimal !== undefined) {
      const integers = addDecimals(this.#decimal, Long.fromBigInt(whole));
      return this.#isDouble ? addDecimals(integers, new Double(this.#doubles)) : integers;
    }
    if (this.#isDouble) return new Double(Number(whole) + this.#doubles);
    if (!this.#isLong && whole >= -2147483648n && whole <= 2147483647n) return new Int32(Number(whole));
    if (BigInt.asIntN(64, whole) !== whole) return new Double(Number(whole));
    return Long.fromBigInt(whole);
  }
}

function average(): Accumulator {
  let total = 0;
  let count = 0;
  return {
    add(value) {
      if (!isNumber(value)) return 0;
      if (typeof value === 'object' && bsonType(value as object) === 'Decimal128')
        throw unsupported(168, '$avg of a Decimal128');
      total += toNumber(value);
      count++;
      return 0;
    },
    result: () => (count === 0 ? null : new Double(total / count)),
  };
}

function edge(last: boolean): Accumulator {
  let kept: unknown;
  let any = false;
  return {
    add(value) {
      if (any && !last) return 0;
      kept = value;
      any = true;
      return 0;
    },
    result: () => kept ?? null,
  };
}

function push(): Accumulator {
  const values: unknown[] = [];
  return {
    add(value) {
      if (value === undefined) return 0;
      values.push(value);
      return encodeValue(value).length + 64;
    },
    result: () => values,
  };
}

function addToSet(): Accumulator {
  const values = new Map<string, unknown>();
  return {
    add(value) {
      if (value === undefined) return 0;
      const key = encodeValue(value).toString('latin1');
      if (values.has(key)) return 0;
      values.set(key, value);
      return key.length * 2 + 128;
    },
    result: () => [...values.values()],
  };
}

/** The accumulators that were compared with a second engine; any other is refused. */
export const ACCUMULATORS: Record<string, () => Accumulator> = {
  $sum: () => new Sum(),
  $avg: average,
  $min: () => extreme(-1),
  $max: () => extreme(1),
  $first: () => edge(false),
  $last: () => edge(true),
  $push: push,
  $addToSet: addToSet,
};
