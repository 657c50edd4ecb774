/** Start, and the questions before the card is asked for. */

import { el, icon, picture } from "../dom.js";
import { beside, hint, lines, notice, option, title, titled, yenAloud } from "../parts.js";
import { languageKeys, languageList } from "../languages.js";
import { alone, both, name } from "../words.js";

const need = (sign, words) => el("li", { class: "both" }, icon(sign), el("span", {}, both(words)));

export const start = (_data, touch) => ({
  main: [
    beside(
      picture("machine"),
      title("start.title"),
      el("p", { class: "lead both" }, both("start.lead")),
      el("h2", { class: "both" }, both("start.need")),
      el("ul", { class: "needs" }, need("card", "start.need.card"), need("keys", "start.need.pin"), need("coin", "start.need.money")),
      el("p", { class: "quiet both" }, icon("shield"), el("span", {}, both("start.private"))),
    ),
    languageList("all-languages"),
  ],
  keys: languageKeys,
  primary: { words: "action.begin", act: () => touch("begin"), look: "huge" },
});

export const municipality = (data, touch) => ({
  step: "choose",
  main: [
    title("municipality.title"),
    hint("municipality.hint"),
    el(
      "ul",
      { class: "options" },
      data.options.map((one, index) =>
        option({ key: one.code, voice: place(index), choose: () => touch("choose", one.code) }, el("span", { class: "name both" }, name(one.name))),
      ),
    ),
  ],
  back: true,
  stop: true,
});

/** Beside the digit of a keypad, what the voice says of a choice. */
const place = (index, ...clips) => [`number_${index + 1}`, ...clips].join(" ");

const kindOption = (one, index, touch) =>
  option(
    { key: one.kind, voice: place(index, `kind_${one.kind}`), disabled: !one.offered, choose: () => touch("choose", one.kind) },
    el("span", { class: "name both" }, both(one.title)),
    el("span", { class: "fee both" }, both("kind.fee", { yen: one.fee_yen })),
    one.offered ? null : el("span", { class: "closed both" }, both(one.note ?? "kind.closed")),
    one.offered && one.note ? el("span", { class: "note both" }, both(one.note)) : null,
  );

export const kind = (data, touch) => ({
  step: "choose",
  main: [titled(name(data.municipality), "kind.title"), hint("kind.hint"), el("ul", { class: "options" }, data.options.map((one, index) => kindOption(one, index, touch)))],
  back: true,
  stop: true,
});

export const year = (data, touch) => ({
  step: "choose",
  main: [
    titled(both(data.kind), "year.title"),
    hint("year.hint"),
    el(
      "ul",
      { class: "options columns" },
      data.options.map((one, index) =>
        option(
          { key: String(one.fiscal_year), voice: place(index, `year_${one.fiscal_year}`), words: "year-words", choose: () => touch("choose", one.fiscal_year) },
          el("span", { class: "name both" }, both(one.label)),
          el("span", { class: "note both" }, both(one.income)),
        ),
      ),
    ),
  ],
  back: true,
  stop: true,
});

export const copies = (data, touch) => ({
  step: "choose",
  main: [
    title("copies.title"),
    hint("copies.hint", { yen: data.fee_yen }),
    el(
      "ul",
      { class: "options figures" },
      Array.from({ length: data.maximum }, (_, index) => index + 1).map((count) =>
        option(
          { key: String(count), look: "figure-option", voice: place(count - 1, yenAloud(count * data.fee_yen)), choose: () => touch("choose", count) },
          el("span", { class: "count" }, el("span", { class: "figure" }, String(count)), el("span", { class: "unit both" }, both(count === 1 ? "copies.unit.one" : "copies.unit.many"))),
          el("span", { class: "fee both" }, both("copies.total", { yen: count * data.fee_yen })),
        ),
      ),
    ),
  ],
  back: true,
  stop: true,
});

/** What goes to whom and for what, before anything goes: the button under it is the consent. */
const sent = () =>
  el(
    "dl",
    { class: "sent" },
    ["what", "whom", "why"].flatMap((key) => [
      el("dt", {}, alone(`check.sent.${key}`)),
      el("dd", {}, alone(`check.sent.${key}.value`)),
    ]),
  );

export const check = (data, touch) => ({
  step: "choose",
  voice: ["check", "total", yenAloud(data.total_yen)],
  main: [
    title("check.title"),
    el(
      "div",
      { class: "checked" },
      lines([
        ["check.municipality", name(data.municipality)],
        ["check.kind", both(data.kind)],
        ["check.year", [...both(data.year), el("span", { class: "income" }, both(data.income))]],
        ["check.copies", both("check.copies.value", { copies: data.copies })],
        ["check.total", both("check.yen", { yen: data.total_yen }), "strong"],
      ]),
      notice("info", sent(), el("p", { class: "both" }, both("check.later"))),
    ),
  ],
  back: true,
  stop: true,
  primary: { words: "action.agree", act: () => touch("confirm") },
});
