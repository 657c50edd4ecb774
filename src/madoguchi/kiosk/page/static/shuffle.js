/** The order of the digits on the glass: as on a keypad, or shuffled so that nobody reads a PIN off the moving hand.
 *
 *  The order never leaves this page. The keys of a keyboard or a keypad stay as they are.
 */

import { endsWithVisit } from "./visit.js";

const IN_ORDER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0];

let wanted = false;
let order = IN_ORDER;

endsWithVisit({ changed: () => wanted, forget });

function forget() {
  wanted = false;
  order = IN_ORDER;
}

/** A whole number below `limit` (at most 256), each as likely: octets that would favour some are thrown away. */
function below(limit) {
  const octet = new Uint8Array(1);
  do crypto.getRandomValues(octet);
  while (octet[0] >= 256 - (256 % limit));
  return octet[0] % limit;
}

/** Fisher and Yates. */
function shuffled() {
  const digits = [...IN_ORDER];
  for (let last = digits.length - 1; last > 0; last -= 1) {
    const other = below(last + 1);
    [digits[last], digits[other]] = [digits[other], digits[last]];
  }
  return digits;
}

/** Another PIN is about to be entered. `always`: this machine shuffles for everybody. */
export function newPad(always) {
  order = wanted || always ? shuffled() : IN_ORDER;
}

/** The resident chooses. */
export function choose(shuffle) {
  wanted = shuffle;
  newPad(false);
}

export const isShuffled = () => order !== IN_ORDER;

/** Nine digits in three rows, and the one below them. */
export const digits = () => ({ above: order.slice(0, 9), below: order[9] });
