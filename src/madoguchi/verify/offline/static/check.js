// From the text of a square to what may be said of it: the same three verdicts as `madoguchi/verify/checking.py`.

import { decodeBase45 } from "./base45.js";
import { NotBelieved, claimed, verify } from "./statement.js";
import { isOver } from "./trust.js";

export const PREFIX = "MG1:";
const MOST_OCTETS = 480;
const FIELDS = [
  ["kind", (value) => isText(value) && /^[a-z][a-z_]{1,30}$/.test(value)],
  ["fiscalYear", (value) => isWhole(value, 1990, 2200)],
  ["certificateNumber", (value) => isText(value) && isLong(value, 1, 40)],
  ["paperNumber", isHalfDigest],
  ["page", (value) => isWhole(value, 1, 20)],
  ["pages", (value) => isWhole(value, 1, 20)],
  ["issuedOn", isPrinted],
  ["title", isPrinted],
  ["name", isPrinted],
  ["birthDate", isPrinted],
  ["amounts", (value) => Array.isArray(value) && value.length <= 8 && value.every(isPrinted)],
  ["descriptionDigest", (value) => value === null || isHalfDigest(value)],
];

/**
 * {verdict: "signed", ward, body, listOver} or {verdict: "not_signed"} or {verdict: "no_code"}.
 *
 * What no ward signed is never handed on. `listOver`: the signature fits a list that is past its life.
 */
export async function check(text, list, shipped, now) {
  const raw = octetsIn(text);
  if (raw === null) return { verdict: "no_code" };
  const listOver = isOver(list, shipped, now);
  try {
    const { ward } = parse(raw);
    const said = await verify(raw, {
      type: "front_code", role: "front_code", code: ward, environment: list.environment, rows: list.rows,
      at: listOver ? list.issuedAt : now,
    });
    return { verdict: "signed", ward, body: bodyOf(said), listOver };
  } catch {
    return { verdict: "not_signed" };
  }
}

function octetsIn(text) {
  const code = text.trim();
  if (!code.startsWith(PREFIX)) return null;
  try {
    return decodeBase45(code.slice(PREFIX.length));
  } catch {
    return null;
  }
}

/** What a code claims: only for finding the key. */
function parse(raw) {
  if (raw.length > MOST_OCTETS) throw new NotBelieved("too long");
  const said = claimed(raw);
  if (!Array.isArray(said) || said.length !== 5 || said[0] !== "front_code" || said[1] !== 1 || !isText(said[2])) {
    throw new NotBelieved("another kind of statement");
  }
  const signer = said[3];
  if (!Array.isArray(signer) || signer.length !== 3 || !signer.every(isText)) throw new NotBelieved("nobody's");
  bodyOf(said[4]);
  return { ward: signer[1] };
}

function bodyOf(value) {
  if (!Array.isArray(value) || value.length !== FIELDS.length) throw new NotBelieved("another body");
  const body = {};
  FIELDS.forEach(([name, fits], at) => {
    if (!fits(value[at])) throw new NotBelieved(`wrong at ${name}`);
    body[name] = value[at];
  });
  return body;
}

function isText(value) {
  return typeof value === "string";
}

function isWhole(value, least, most) {
  return Number.isInteger(value) && value >= least && value <= most;
}

function isLong(value, least, most) {
  const length = [...value].length; // characters, as the ward counts them
  return length >= least && length <= most;
}

function isPrinted(value) {
  return isText(value) && isLong(value, 1, 200);
}

function isHalfDigest(value) {
  return value instanceof Uint8Array && value.length === 16;
}
