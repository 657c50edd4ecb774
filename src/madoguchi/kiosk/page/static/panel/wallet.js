/** Whose card the hand holds: everybody who has one, found by name, by case or by what the card is there to show. */

import { el } from "../dom.js";
import { panelLabel as label, panelWords as both } from "../words.js";

const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/[\s　]+/g, "");

/** Those whose name or case holds what was typed; a case that is named exactly comes first. */
export function matching(cards, typed) {
  const wanted = plain(typed);
  const found = cards.filter((card) => [card.id, card.label, card.note].some((text) => plain(text).includes(wanted)));
  return [...found.filter((card) => card.id === typed), ...found.filter((card) => card.id !== typed)];
}

/** A list that opens under a field for searching (the combobox of WAI-ARIA). */
export class Wallet {
  #cards = [];
  #drawn = "";
  #found = [];
  #at = -1;
  #list = el("ul", { id: "wallet", class: "wallet", role: "listbox", "aria-label": label("panel.card.choose"), hidden: true });
  #field = el("input", {
    type: "text", class: "search", "data-key": "cards", role: "combobox", "aria-expanded": "false", "aria-controls": "wallet", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false",
    "aria-label": label("panel.card.choose"), placeholder: label("panel.card.search"),
    onfocus: () => this.#opened(), onclick: () => this.#opened(), oninput: () => this.#typed(), onkeydown: (event) => this.#key(event), onblur: () => this.#closed(),
  });

  chosen = null;
  element = el("div", { class: "hold" }, this.#field, this.#list);

  /** These are at hand now. */
  hold(cards) {
    const same = JSON.stringify(cards);
    if (same === this.#drawn) return;
    this.#drawn = same;
    this.#cards = cards;
    this.chosen ??= cards[0] ?? null;
    if (document.activeElement !== this.#field) this.#name();
  }

  #name() {
    this.#field.value = this.chosen?.label ?? "";
  }

  #opened() {
    if (!this.#list.hidden) return;
    this.#field.select();
    this.#fill("");
  }

  #typed() {
    this.#fill(this.#field.value);
  }

  #closed() {
    this.#list.hidden = true;
    this.#field.setAttribute("aria-expanded", "false");
    this.#field.removeAttribute("aria-activedescendant");
    this.#name();
  }

  #fill(typed) {
    this.#found = matching(this.#cards, typed);
    this.#at = -1;
    const rows = this.#found.map((card, index) => this.#row(card, index));
    this.#list.replaceChildren(...(rows.length ? rows : [el("li", { class: "nobody both", role: "option", "aria-disabled": "true" }, both("panel.card.nobody"))]));
    this.#list.hidden = false;
    this.#list.scrollTop = 0;
    this.#field.setAttribute("aria-expanded", "true");
    this.#field.removeAttribute("aria-activedescendant");
  }

  #row(card, index) {
    const act = (event) => {
      event.preventDefault(); // the field keeps the focus
      this.#choose(card);
    };
    const note = card.note ? el("span", { class: "note" }, card.note) : null;
    return el("li", { id: `wallet-${index}`, role: "option", "aria-selected": String(card.id === this.chosen?.id), "data-card": card.id, onmousedown: act }, el("span", { class: "who" }, card.label), note);
  }

  #choose(card) {
    this.chosen = card;
    this.#closed();
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") this.#move(1);
    else if (event.key === "ArrowUp") this.#move(-1);
    else if (event.key === "Enter") this.#enter();
    else if (event.key === "Escape") this.#closed();
    else return;
    event.preventDefault();
  }

  #move(by) {
    if (this.#list.hidden) this.#fill("");
    if (this.#found.length === 0) return;
    this.#at = (this.#at + by + this.#found.length) % this.#found.length;
    [...this.#list.children].forEach((row, index) => row.classList.toggle("here", index === this.#at));
    this.#list.children[this.#at].scrollIntoView({ block: "nearest" });
    this.#field.setAttribute("aria-activedescendant", `wallet-${this.#at}`);
  }

  #enter() {
    if (this.#list.hidden) return this.#fill("");
    const card = this.#found[Math.max(0, this.#at)];
    if (card) this.#choose(card);
  }
}
