// Base45 (RFC 9285), as docs/front-code.md uses it.

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** The octets of a text. RangeError for a foreign symbol, a dangling one, or a group above its range. */
export function decodeBase45(text) {
  const digits = [...text].map((symbol) => ALPHABET.indexOf(symbol));
  if (digits.includes(-1)) throw new RangeError("a symbol outside Base45");
  const octets = [];
  for (let at = 0; at < digits.length; at += 3) {
    const group = digits.slice(at, at + 3);
    const value = group.reduce((sum, digit, power) => sum + digit * 45 ** power, 0);
    if (group.length === 1 || value > (group.length === 2 ? 0xff : 0xffff)) throw new RangeError("not a Base45 group");
    if (group.length === 3) octets.push(value >> 8);
    octets.push(value & 0xff);
  }
  return Uint8Array.from(octets);
}
