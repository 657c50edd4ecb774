/** The card reader: a pad, the card that lies on it, and the wallet beside it. */

import { el } from "../dom.js";
import { padDrawing } from "./art.js";
import { hand, operate, unit } from "./hands.js";
import { phoneHands } from "./phone.js";
import { Wallet } from "./wallet.js";

export function readerUnit() {
  const wallet = new Wallet();
  const name = el("span", { class: "card-name" });
  const pad = el("div", { class: "pad-place" }, padDrawing(), name);
  const put = hand("panel.card.put", "put_card", "", () => wallet.chosen && operate("put_card", wallet.chosen.id));
  const take = hand("panel.card.take", "take_card", "take", () => operate("take_card"));
  const place = el("div", { class: "row" });
  const phone = phoneHands();
  return {
    element: unit("card", "panel.card", el("div", { class: "reader" }, pad, el("div", { class: "holding" }, wallet.element, place, phone.element))),
    show({ card, cards, lamp }) {
      const lying = cards.find((one) => one.id === card);
      wallet.hold(cards);
      pad.classList.toggle("full", card !== null);
      pad.classList.toggle("calls", card !== null && lamp !== "off" && lamp !== "working");
      pad.dataset.medium = lying?.medium ?? "";
      phone.show(lying);
      name.textContent = lying?.label ?? "";
      put.disabled = cards.length === 0;
      const there = card === null ? put : take;
      if (place.firstChild !== there) place.replaceChildren(there);
    },
  };
}
