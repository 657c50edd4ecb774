/** What the holder of a phone does on the phone itself while it lies on the reader. */

import { el } from "../dom.js";
import { hand, operate } from "./hands.js";

/** Shown for an iPhone only: nothing else asks its holder. */
export function phoneHands() {
  const confirm = hand("panel.phone.confirm", "confirm_on_phone", "", () => operate("confirm_on_phone"));
  const refuse = hand("panel.phone.refuse", "refuse_on_phone", "quiet", () => operate("refuse_on_phone"));
  const element = el("div", { class: "on-phone", hidden: true }, confirm, refuse);
  return {
    element,
    show: (lying) => { element.hidden = lying?.medium !== "iphone"; },
  };
}
