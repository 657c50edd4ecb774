// The paper number as it is printed: Crockford's base32 in groups of four, with his check symbol (`madoguchi/paper/number.py`).

const SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHECKS = `${SYMBOLS}*~$=U`;

export function printedNumber(octets) {
  const value = BigInt(`0x${hex(octets)}`);
  let symbols = "";
  for (let place = 25n; place >= 0n; place -= 1n) symbols += SYMBOLS[Number((value >> (5n * place)) & 31n)];
  symbols += CHECKS[Number(value % 37n)];
  return symbols.match(/.{1,4}/g).join("-");
}

export function hex(octets) {
  return [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}
