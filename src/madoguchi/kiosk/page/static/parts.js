/** What several screens are made of. */

import { el, icon } from "./dom.js";
import { both } from "./words.js";

/** The one question or statement of a screen. */
export const title = (words, values) => el("h1", { id: "title", tabindex: "-1" }, both(words, values));

/** The question, and beside or above it what it is about: words chosen on an earlier screen. */
export const titled = (about, words) => el("div", { class: "head" }, el("p", { class: "about both" }, about), title(words));

export const hint = (words, values) => el("p", { class: "hint both" }, both(words, values));

/** A box that speaks by colour, icon and words. @param {"info"|"good"|"warn"|"bad"} tone */
export const notice = (tone, ...content) =>
  el("div", { class: `notice ${tone}` }, icon(tone), el("div", { class: "words" }, ...content));

/** A drawing beside (or, upright, above) what there is to read. */
export const beside = (drawing, ...content) =>
  el("div", { class: "beside" }, el("div", { class: "drawing" }, drawing), el("div", { class: "telling" }, ...content));

/** Name and value, line by line. @param {Array<[unknown, Array<Node>, string?]>} rows */
export const lines = (rows) =>
  el(
    "dl",
    { class: "lines" },
    rows.map(([name, value, look = ""]) =>
      el("div", { class: `line ${look}` }, el("dt", { class: "both" }, both(name)), el("dd", { class: "both" }, value)),
    ),
  );

/** How the voice says an amount; it knows those that fees are made of. */
export const yenAloud = (amount) => `yen_${amount}`;

export const yen = (amount) => both("money.yen", { yen: amount });

/** Paid, refunded and owed, and the claim code where something is owed. */
export function moneyLines(money, { contact = false } = {}) {
  const rows = [["money.paid", yen(money.paid_yen)]];
  if (money.refunded_yen > 0) rows.push(["money.refunded", yen(money.refunded_yen)]);
  if (money.owed_yen > 0) rows.push(["money.owed", yen(money.owed_yen), "strong"]);
  const claim =
    money.claim_code &&
    notice(
      "warn",
      el("div", { class: "claim-line" }, el("p", { class: "both" }, both("money.claim")), el("p", { class: "claim" }, money.claim_code)),
      el("p", { class: "both" }, both(contact ? "money.claim.hint" : "money.claim.desk")),
    );
  return [lines(rows), claim].filter(Boolean);
}

/** The receipt printer printed nothing; what is owed stands on the screen beside it. */
export const noReceipt = (data) => (data.no_receipt ? [notice("warn", el("p", { class: "both" }, both("money.no_receipt")))] : []);

/** A large button of a list. */
export const option = ({ key, disabled = false, look = "", words = "", voice = "", choose }, ...content) =>
  el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: `option ${look}`, "data-key": key, "data-voice": voice, disabled, onclick: choose },
      el("span", { class: "key-hint by-number", "aria-hidden": "true" }),
      el("span", { class: `option-words ${words}` }, ...content),
      disabled ? null : icon("next"),
    ),
  );
