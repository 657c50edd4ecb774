/** Paper to take, refusals, and a machine that serves nobody just now. */

import { el, picture } from "../dom.js";
import { beside, lines, moneyLines, noReceipt, notice, title } from "../parts.js";
import { both } from "../words.js";

export const take_paper = (data) => ({
  step: "take",
  calling: "take_paper",
  main: [
    beside(
      picture("paper"),
      title("take_paper.title"),
      el("p", { class: "sheets both" }, both("take_paper.sheets", data)),
      data.staff
        ? notice("bad", el("p", { class: "both" }, both("take_paper.staff")))
        : data.sheets > 1
          ? notice("warn", el("p", { class: "both" }, both("take_paper.warning")))
          : null,
    ),
  ],
});

function refusedAloud(money) {
  if (!money) return "refusal";
  return money.owed_yen > 0 ? "refusal_owed" : "refusal_money";
}

export const refusal = (data, touch) => {
  const rows = [];
  if (data.contact) rows.push(["refusal.contact", both(data.contact)]);
  if (data.transaction) rows.push(["refusal.transaction", [el("span", { class: "number" }, data.transaction)]]);
  rows.push(["refusal.code", [el("span", { class: "number" }, data.code)]]);
  return {
    voice: [refusedAloud(data.money)],
    main: [
      el("div", { class: "refused" }, title(data.title)),
      notice("info", el("h2", { class: "both" }, both("refusal.next")), el("p", { class: "both" }, both(data.next_step))),
      ...(data.money ? moneyLines(data.money, { contact: Boolean(data.contact) }) : [el("p", { class: "free both" }, both("money.none"))]),
      ...noReceipt(data),
      lines(rows),
    ],
    primary: { words: "action.finish", act: () => touch("finish") },
  };
};

export const out_of_service = (data) => ({
  main: [
    beside(
      picture("closed"),
      title("out_of_service.title"),
      el("p", { class: "lead both" }, both(data.reason)),
      notice("warn", el("p", { class: "both" }, both("out_of_service.hint"))),
    ),
  ],
});
