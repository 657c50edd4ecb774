/** Slots for coins and notes, the cup for change, and the purse. */

import { el } from "../dom.js";
import { panelLabel as label, panelWords as both } from "../words.js";
import { slotDrawing } from "./art.js";
import { operate, say, unit } from "./hands.js";

const coin = (value) =>
  el(
    "button",
    { type: "button", class: `coin yen${value}`, "data-key": `coin${value}`, "aria-label": label("panel.yen", { yen: value }), onclick: () => operate("insert_coin", value) },
    value.toLocaleString("ja-JP"),
  );

function figure(words) {
  const amount = el("span", { class: "amount both" });
  return { line: el("p", { class: "figure-line" }, el("span", { class: "both" }, both(words)), amount), amount };
}

export function coinUnit() {
  const coins = document.body.dataset.coins.split(",").map(Number).map(coin);
  const shut = el("p", { class: "shut-words both" }, both("panel.coins.closed"));
  const slot = el("div", { class: "slot-place" }, slotDrawing());
  const [inserted, returned] = [figure("panel.coins.inserted"), figure("panel.coins.returned")];
  return {
    element: unit("coins", "panel.coins", shut, el("div", { class: "till" }, slot, el("div", { class: "purse" }, el("div", { class: "coin-row" }, coins), inserted.line, returned.line))),
    show({ accepts_coins: accepts, inserted_yen: held, returned_yen: given }) {
      for (const one of coins) one.disabled = !accepts;
      shut.classList.toggle("unseen", accepts);
      slot.classList.toggle("open", accepts);
      slot.classList.toggle("full", given > 0);
      say(inserted.amount, "panel.yen", { yen: held });
      say(returned.amount, "panel.yen", { yen: given });
    },
  };
}
