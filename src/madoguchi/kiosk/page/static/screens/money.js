/** The amount, the payment, and the end of a transaction that brought paper. */

import { details } from "../details.js";
import { el, picture } from "../dom.js";
import { beside, hint, lines, moneyLines, title, yen, yenAloud } from "../parts.js";
import { both, label } from "../words.js";

export const amount = (data, touch) => ({
  step: "pay",
  voice: ["amount", yenAloud(data.total_yen)],
  main: [
    title("amount.title"),
    el(
      "div",
      { class: "sum" },
      el("p", { class: "sum-name both" }, both("amount.total")),
      el("p", { class: "sum-figure both" }, yen(data.total_yen)),
      el("p", { class: "sum-copies both" }, both("amount.copies", data)),
    ),
    details(el("p", { class: "both" }, both("amount.hint"))),
  ],
  stop: true,
  primary: { words: "action.pay", act: () => touch("pay") },
});

const missing = (data) => Math.max(0, data.due_yen - data.inserted_yen);

export const payment = (data) => ({
  step: "pay",
  voice: [data.inserted_yen > 0 ? "missing" : "payment", yenAloud(missing(data))],
  said: [`${label("payment.missing")} ${label("money.yen", { yen: missing(data) })}`],
  main: [
    beside(
      picture("coins"),
      title("payment.title"),
      lines([
        ["payment.due", yen(data.due_yen)],
        ["payment.inserted", yen(data.inserted_yen)],
        ["payment.missing", yen(missing(data)), "strong"],
      ]),
      hint("payment.hint"),
    ),
  ],
  stop: true,
});

export const done = (data, touch) => ({
  step: "end",
  voice: [data.owed_yen > 0 ? "done_owed" : "done"],
  main: [
    beside(
      picture("done"),
      title("done.title"),
      data.owed_yen > 0 ? null : hint("done.hint"),
      ...moneyLines(data),
      el("p", { class: "quiet both" }, both("done.erased")),
    ),
  ],
  primary: { words: "action.finish", act: () => touch("finish") },
});
