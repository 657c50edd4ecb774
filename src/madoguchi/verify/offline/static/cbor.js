// Deterministic CBOR (RFC 8949 section 4.2.1), and only what statements are made of: integers, octets, text, null, arrays
// and maps with integers or text as keys. One meaning, one encoding: anything else is refused, not read generously.

const DEEPEST = 16;
const NULL = 0xf6;

export class Malformed extends Error {}

/** The value of these octets: number, Uint8Array, string, null, array or Map. Throws Malformed. */
export function decodeCbor(octets) {
  const reader = new Reader(octets);
  const value = reader.value(0);
  if (reader.at !== octets.length) throw new Malformed("octets after the end");
  return value;
}

/** The octets of a value as `decodeCbor` gives it. */
export function encodeCbor(value) {
  if (value === null) return Uint8Array.of(NULL);
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (value instanceof Uint8Array) return joined([head(2, value.length), value]);
  if (typeof value === "string") {
    const text = new TextEncoder().encode(value);
    return joined([head(3, text.length), text]);
  }
  if (Array.isArray(value)) return joined([head(4, value.length), ...value.map(encodeCbor)]);
  throw new TypeError("a value that no statement has");
}

export function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function same(one, other) {
  return one.length === other.length && one.every((octet, at) => octet === other[at]);
}

class Reader {
  constructor(octets) {
    this.octets = octets;
    this.at = 0;
  }

  value(depth) {
    if (depth > DEEPEST) throw new Malformed("too deep");
    const first = this.take(1)[0];
    if (first === NULL) return null;
    const major = first >> 5;
    const number = this.number(first & 0x1f);
    if (major === 0) return number;
    if (major === 1) return -1 - number;
    if (major === 2) return this.take(number).slice();
    if (major === 3) return this.text(number);
    if (major === 4) return this.array(number, depth);
    if (major === 5) return this.map(number, depth);
    throw new Malformed("a type that no statement has");
  }

  take(count) {
    if (count > this.octets.length - this.at) throw new Malformed("cut off");
    this.at += count;
    return this.octets.subarray(this.at - count, this.at);
  }

  // The shortest form only: a longer one is another encoding of the same meaning.
  number(short) {
    if (short < 24) return short;
    if (short > 27) throw new Malformed("an indefinite length");
    const width = 1 << (short - 24);
    const number = this.take(width).reduce((sum, octet) => sum * 256 + octet, 0);
    const least = width === 1 ? 24 : 256 ** (width / 2);
    if (number < least || !Number.isSafeInteger(number)) throw new Malformed("not the shortest form");
    return number;
  }

  text(length) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.take(length));
    } catch (failure) {
      throw failure instanceof Malformed ? failure : new Malformed("not UTF-8");
    }
  }

  array(length, depth) {
    const found = [];
    for (let count = 0; count < length; count += 1) found.push(this.value(depth + 1));
    return found;
  }

  map(length, depth) {
    const found = new Map();
    let before = null;
    for (let count = 0; count < length; count += 1) {
      const begins = this.at;
      const key = this.value(depth + 1);
      if (typeof key !== "number" && typeof key !== "string") throw new Malformed("a key that no statement has");
      const encoded = this.octets.subarray(begins, this.at);
      if (before !== null && !precedes(before, encoded)) throw new Malformed("keys out of order");
      before = encoded;
      found.set(key, this.value(depth + 1));
    }
    return found;
  }
}

function precedes(one, other) {
  for (let at = 0; at < Math.min(one.length, other.length); at += 1) {
    if (one[at] !== other[at]) return one[at] < other[at];
  }
  return one.length < other.length;
}

function head(major, number) {
  if (number < 24) return Uint8Array.of((major << 5) | number);
  const width = [1, 2, 4, 8].find((octets) => number < 256 ** octets);
  const octets = [];
  for (let rest = number, count = 0; count < width; count += 1, rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.of((major << 5) | (24 + Math.log2(width)), ...octets);
}
