/** The receipt slot: the paper that came out last hangs out of it, and is read where it is opened. */

import { el } from "../dom.js";
import { panelWords as both } from "../words.js";

export function receiptUnit() {
  const name = el("summary", { "data-key": "receipt" }, el("span", { class: "both" }, both("panel.receipt")));
  const paper = el("div", { class: "receipt-paper" });
  const none = () => el("p", { class: "both" }, both("panel.receipt.none"));
  let before;
  const element = el("details", { class: "unit receipt" }, name, paper);
  return {
    element,
    show({ receipt }) {
      const now = receipt.join("\n");
      if (now === before) return;
      before = now;
      element.classList.toggle("out", receipt.length > 0);
      paper.replaceChildren(...(receipt.length > 0 ? receipt.map((line) => el("p", {}, line)) : [none()]));
    },
  };
}
