// The trust list: believed as `madoguchi/trust/list.py` believes it, fetched while there is a network, kept for when there is none.

import { NotBelieved, keyId, verify } from "./statement.js";

const KEPT = "madoguchi-code-public"; // the list alone, which is public; the worker leaves this cache as it is
const ADDRESS = "./trust-list";
const SKEW_SECONDS = 60;
const LATEST = 2 ** 40;
const WARD_ROLES = new Set(["menu", "issue", "refuse", "front_code", "feed", "serials"]);
const ROLES = new Set([
  ...WARD_ROLES, "endorse", "open", "forward", "deliver", "acknowledge", "enrol", "relay", "apply", "outcome",
]);

/**
 * A believed list: {environment, number, issuedAt, rows}; `rows` are the wards' keys for front codes.
 *
 * `shipped` holds the root's keys. A list past its life is believed as of the moment at which it was signed: `isOver`
 * tells. Throws NotBelieved or Malformed for anything that is not wholly as the root and the wards signed it.
 */
export async function believe(raw, shipped, now) {
  const { environment } = shipped;
  const roots = await Promise.all(shipped.roots.map((text) => rootRow(octetsOf(text), environment)));
  const signed = { type: "trust_list", role: "endorse", environment };
  const body = listBody(await verify(raw, { ...signed, code: "root", rows: roots, at: now }));
  if (body.environment !== environment) throw new NotBelieved("a list of another environment");
  const list = { environment, number: body.number, issuedAt: body.issued_at, rows: [] };
  const at = isOver(list, shipped, now) ? list.issuedAt : now;
  const rows = await Promise.all(body.rows.map((row) => keyRow(row, environment)));
  const offices = rows.filter((row) => row.role === "endorse");
  for (const part of body.wards) list.rows.push(...(await wardRows(part, offices, environment, at)));
  return list;
}

/** Whether a list's 24 hours are over, or have not begun by this device's clock. */
export function isOver(list, shipped, now) {
  const age = now - list.issuedAt;
  return !(age >= -SKEW_SECONDS && age < shipped.list_life_seconds);
}

/** The kept list, or null without one that is believed. */
export async function keptList(shipped, now) {
  const kept = await caches.open(KEPT);
  const found = await kept.match(ADDRESS);
  if (found === undefined) return null;
  try {
    return await believe(new Uint8Array(await found.arrayBuffer()), shipped, now);
  } catch {
    return null; // not this root's, or not by this device's clock
  }
}

/** The newest list that can be had: fetched and kept if it is not older than the kept one. Null without any. */
export async function newestList(shipped, now) {
  const before = await keptList(shipped, now);
  try {
    const answer = await fetch(ADDRESS, { cache: "no-store", credentials: "omit" });
    if (!answer.ok) return before;
    const raw = new Uint8Array(await answer.arrayBuffer());
    const list = await believe(raw, shipped, now);
    if (before !== null && list.number < before.number) return before; // an older list has keys that were withdrawn
    const kept = await caches.open(KEPT);
    await kept.put(ADDRESS, new Response(raw, { headers: { "Content-Type": "application/octet-stream" } }));
    return list;
  } catch {
    return before; // no network, or a list that is not the root's
  }
}

async function wardRows(raw, offices, environment, at) {
  for (const office of offices) {
    try {
      const part = await verify(raw, {
        type: "ward_rows", role: "endorse", code: office.code, environment, rows: offices, at,
      });
      const said = fields(part, { ward: isWard, rows: Array.isArray });
      const rows = await Promise.all(said.rows.map((row) => keyRow(row, environment)));
      if (said.ward === office.code && rows.every((row) => row.code === said.ward && WARD_ROLES.has(row.role))) {
        return rows.filter((row) => row.role === "front_code");
      }
    } catch {
      continue; // of another ward
    }
  }
  throw new NotBelieved("a ward's part is not endorsed by that ward");
}

function listBody(value) {
  return fields(value, {
    environment: isText, number: (each) => Number.isInteger(each) && each >= 1, issued_at: isEpoch, rows: Array.isArray,
    wards: (each) => Array.isArray(each) && each.every((part) => part instanceof Uint8Array),
    card_authorities: Array.isArray,
  });
}

async function keyRow(value, environment) {
  const row = fields(value, {
    party: (each) => isText(each) && /^[a-z]{1,20}$/.test(each),
    code: (each) => isText(each) && longAs(each, 1, 40),
    name: (each) => isText(each) && longAs(each, 1, 60),
    role: (each) => ROLES.has(each),
    public_key: (each) => each instanceof Uint8Array && longAs(each, 80, 200),
    not_before: isEpoch,
    not_after: isEpoch,
  });
  return {
    party: row.party, code: row.code, name: row.name, role: row.role, publicKey: row.public_key,
    notBefore: row.not_before, notAfter: row.not_after, keyId: await keyId(row.public_key, environment),
  };
}

async function rootRow(publicKey, environment) {
  return {
    party: "root", code: "root", name: "root", role: "endorse", publicKey, notBefore: 0, notAfter: LATEST,
    keyId: await keyId(publicKey, environment),
  };
}

/** A map with exactly these fields, each of which fits. */
function fields(value, checks) {
  if (!(value instanceof Map) || value.size !== Object.keys(checks).length) throw new NotBelieved("other fields");
  const found = {};
  for (const [name, fits] of Object.entries(checks)) {
    if (!value.has(name) || !fits(value.get(name))) throw new NotBelieved(`wrong at ${name}`);
    found[name] = value.get(name);
  }
  return found;
}

const isText = (value) => typeof value === "string";
const isEpoch = (value) => Number.isInteger(value) && value >= 0 && value <= LATEST;
const isWard = (value) => isText(value) && /^[0-9]{6}$/.test(value);
const longAs = (value, least, most) => [...value].length >= least && [...value].length <= most;
const octetsOf = (text) => Uint8Array.from(atob(text), (symbol) => symbol.charCodeAt(0));
