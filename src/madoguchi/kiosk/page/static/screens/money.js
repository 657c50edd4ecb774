/** The amount, the payment, and the end of a transaction that brought paper. */

import { details } from "../details.js";
import { el, picture } from "../dom.js";
import { beside, hint, lines, moneyLines, noReceipt, notice, title, yen, yenAloud } from "../parts.js";
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

/** Why e-money took nothing a moment ago. */
const declined = (why) => {
  const known = why === "insufficient" || why === "moved_away" ? why : "none";
  return notice("warn", el("p", { class: "both" }, both(`payment.declined.${known}`)));
};

/** The pad waits, or the device is asked what it did. */
const emoney = (data, name) => ({
  step: "pay",
  voice: [name === "touch" ? "emoney_touch" : "emoney_wait"],
  main: [beside(picture("emoney"), title(`payment.${name}.title`), lines([["payment.due", yen(data.due_yen), "strong"]]), hint(`payment.${name}.hint`))],
  back: name === "touch",
  stop: name === "touch",
});

export const payment = (data, touch) => {
  if (data.emoney === "touch" || data.emoney === "wait") return emoney(data, data.emoney);
  const again = data.declined && data.inserted_yen === 0;
  return {
    step: "pay",
    voice: [data.inserted_yen > 0 ? "missing" : "payment", yenAloud(missing(data))],
    said: [`${label("payment.missing")} ${label("money.yen", { yen: missing(data) })}`],
    main: [
      beside(
        picture("coins"),
        title("payment.title"),
        again ? declined(data.declined) : null,
        lines([
          ["payment.due", yen(data.due_yen), ...(data.inserted_yen > 0 ? [] : ["strong"])],
          ...(data.inserted_yen > 0 ? [["payment.inserted", yen(data.inserted_yen)], ["payment.missing", yen(missing(data)), "strong"]] : []),
        ]),
        hint("payment.hint"),
      ),
    ],
    stop: true,
    primary: data.emoney === "offered" ? { words: "action.emoney", act: () => touch("emoney") } : undefined,
  };
};

export const done = (data, touch) => ({
  step: "end",
  voice: [data.owed_yen > 0 ? "done_owed" : "done"],
  main: [
    beside(
      picture("done"),
      title("done.title"),
      data.owed_yen > 0 ? null : hint("done.hint"),
      ...moneyLines(data),
      ...noReceipt(data),
      // Where there is most to read, what the resident must do comes first.
      data.no_receipt && data.owed_yen > 0 ? null : el("p", { class: "quiet both" }, both("done.erased")),
    ),
  ],
  primary: { words: "action.finish", act: () => touch("finish") },
});
