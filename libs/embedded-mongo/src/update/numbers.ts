import { Decimal128, Double, Int32, Long } from 'bson';
import { bsonType } from '../bson.ts';
import { ORDER, toNumber, typeOrder } from '../keys/compare.ts';

export const isNumeric = (value: unknown) => typeOrder(value) === ORDER.number;

type Kind = 'int' | 'long' | 'double' | 'decimal';

/** The type of a BSON number. */
export function kindOf(value: unknown): Kind {
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? 'int' : 'double';
  switch (bsonType(value as object)) {
    case 'Int32':
      return 'int';
    case 'Long':
      return 'long';
    case 'Decimal128':
      return 'decimal';
    default:
      return 'double';
  }
}

const toBigInt = (value: unknown) =>
  typeof value === 'object' && value !== null && bsonType(value) === 'Long'
    ? (value as Long).toBigInt()
    : BigInt(toNumber(value));

const MIN_LONG = -(2n ** 63n);
const MAX_LONG = 2n ** 63n - 1n;

/**
 * MongoDB's arithmetic: the wider type wins, an int that overflows becomes a long, a long that overflows is an error
 * (undefined here).
 */
export function arithmetic(op: '+' | '*', a: unknown, b: unknown): unknown {
  const kinds = [kindOf(a), kindOf(b)];
  if (kinds.includes('decimal')) return decimalArithmetic(op, a, b);
  if (kinds.includes('double')) {
    const [x, y] = [toNumber(a), toNumber(b)];
    return new Double(op === '+' ? x + y : x * y);
  }
  const result = op === '+' ? toBigInt(a) + toBigInt(b) : toBigInt(a) * toBigInt(b);
  if (result < MIN_LONG || result > MAX_LONG) return undefined;
  const fitsInt = result >= -2147483648n && result <= 2147483647n;
  return fitsInt && !kinds.includes('long') ? new Int32(Number(result)) : Long.fromBigInt(result);
}

/** Digits and exponent of a finite decimal number. */
function parseDecimal(text: string): [digits: bigint, exponent: number] | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:E([+-]?\d+))?$/i.exec(text);
  if (!match) return undefined;
  const [, minus = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = BigInt(`${whole}${fraction}` || '0');
  return [minus === '-' ? -digits : digits, Number(exponent) - fraction.length];
}

function decimalArithmetic(op: '+' | '*', a: unknown, b: unknown): unknown {
  const text = (value: unknown) =>
    bsonType(value as object) === 'Decimal128' || bsonType(value as object) === 'Long'
      ? (value as { toString(): string }).toString()
      : String(toNumber(value));
  const x = parseDecimal(text(a));
  const y = parseDecimal(text(b));
  if (!x || !y) return Decimal128.fromString('NaN');
  if (op === '*') return Decimal128.fromStringWithRounding(`${x[0] * y[0]}E${x[1] + y[1]}`);
  const exponent = Math.min(x[1], y[1]);
  const scaled = ([digits, e]: [bigint, number]) => digits * 10n ** BigInt(e - exponent);
  return Decimal128.fromStringWithRounding(`${scaled(x) + scaled(y)}E${exponent}`);
}

/** Adds two numbers as decimals. */
export const addDecimals = (a: unknown, b: unknown) => decimalArithmetic('+', a, b);

export function bitwise(op: 'and' | 'or' | 'xor', a: unknown, b: unknown): unknown {
  const [x, y] = [toBigInt(a), toBigInt(b)];
  const result = op === 'and' ? x & y : op === 'or' ? x | y : x ^ y;
  const long = kindOf(a) === 'long' || kindOf(b) === 'long';
  return long ? Long.fromBigInt(BigInt.asIntN(64, result)) : new Int32(Number(BigInt.asIntN(32, result)));
}

export const isInteger = (value: unknown) => ['int', 'long'].includes(kindOf(value));
