/** The receipt printer of a demo machine: what came out last. */

import { el } from "./dom.js";
import { panelWords as both } from "./words.js";

/** @param {{unit: Function}} of how the panel makes units */
export function receiptUnit(panel, { unit }) {
  const lines = panel.receipt.map((line) => el("span", { class: "receipt-line" }, line));
  return unit("receipt", "panel.receipt", lines.length > 0 ? el("p", { class: "receipt" }, lines) : el("p", { class: "both" }, both("panel.receipt.none")));
}
