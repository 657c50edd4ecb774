// COSE_Sign1 in the one form that is accepted (RFC 9052): the six steps of `madoguchi/statement/cose.py`, in its order.

import { decodeCbor, encodeCbor, joined, same } from "./cbor.js";

const SIGNATURE_OCTETS = 64;

export class NotBelieved extends Error {}

/**
 * The body of a statement that one of `rows` signed.
 *
 * `rows`: {party, code, name, role, keyId, publicKey, notBefore, notAfter}; `at`: Unix seconds. Throws NotBelieved or
 * Malformed.
 */
export async function verify(raw, { type, role, code, environment, rows, at }) {
  const [protectedHeader, payload, signature] = takeApart(raw); // 1
  const wanted = keyIdOf(protectedHeader); // 2
  const row = rows.find((each) => same(each.keyId, wanted) && each.role === role && each.code === code);
  if (row === undefined) throw new NotBelieved("no key of that id has this role");
  if (!(row.notBefore <= at && at < row.notAfter)) throw new NotBelieved("the key's period is another"); // 3
  const signed = encodeCbor(["Signature1", protectedHeader, new Uint8Array(), payload]);
  if (!(await signatureFits(row.publicKey, signature, signed))) throw new NotBelieved("the signature does not fit"); // 4
  const said = decodeCbor(payload); // 5
  if (!Array.isArray(said) || said.length !== 5) throw new NotBelieved("another kind of statement");
  const expected = encodeCbor([type, 1, environment, [row.party, row.code, row.name]]);
  if (!isPlain(said.slice(0, 4)) || !same(encodeCbor(said.slice(0, 4)), expected)) {
    throw new NotBelieved("of another type, version, environment or signer");
  }
  return said[4]; // 6, by whoever asked
}

/** The payload's value before anything is checked: only to find out whose statement it claims to be. */
export function claimed(raw) {
  return decodeCbor(takeApart(raw)[1]);
}

/** 16 octets naming a key: no key serves two environments. */
export async function keyId(publicKey, environment) {
  const named = joined([new TextEncoder().encode(environment), Uint8Array.of(0), publicKey]);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", named)).slice(0, 16);
}

function takeApart(raw) {
  const value = decodeCbor(raw);
  if (!Array.isArray(value) || value.length !== 4) throw new NotBelieved("not a statement");
  const [protectedHeader, unprotected, payload, signature] = value;
  const octets = [protectedHeader, payload, signature].every((each) => each instanceof Uint8Array);
  if (!octets || !(unprotected instanceof Map) || unprotected.size !== 0) throw new NotBelieved("not a statement");
  return [protectedHeader, payload, signature];
}

function keyIdOf(protectedHeader) {
  const header = decodeCbor(protectedHeader);
  const fits = header instanceof Map && header.size === 2 && header.get(1) === -7;
  if (!fits || !(header.get(4) instanceof Uint8Array)) throw new NotBelieved("another protected header");
  return header.get(4);
}

async function signatureFits(publicKey, signature, signed) {
  if (signature.length !== SIGNATURE_OCTETS) return false;
  try {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("spki", publicKey, algorithm, false, ["verify"]);
    return await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, signed);
  } catch {
    return false; // not a key of this curve
  }
}

function isPlain(value) {
  if (Array.isArray(value)) return value.every(isPlain);
  return typeof value === "string" || typeof value === "number";
}
