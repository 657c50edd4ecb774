/** Start, and the questions before the card is asked for. */

import { details, folded } from "../details.js";
import { el, icon, picture } from "../dom.js";
import { finder, found, namedFirst, placeAloud } from "../find.js";
import { beside, hint, lines, notice, option, title, titled, yenAloud } from "../parts.js";
import { languageKeys, languageList } from "../languages.js";
import { alone, both, label, name } from "../words.js";

const need = (sign, words) => el("li", { class: "both" }, icon(sign), el("span", {}, both(words)));

export const start = (_data, touch) => ({
  main: [
    beside(
      picture("machine"),
      title("start.title"),
      el("h2", { class: "both" }, both("start.need")),
      el("ul", { class: "needs" }, need("card", "start.need.card"), need("keys", "start.need.pin"), need("coin", "start.need.money")),
      details(el("p", { class: "both" }, both("start.lead")), el("p", { class: "both" }, both("start.need.cash")), el("p", { class: "both" }, both("start.private"))),
    ),
    languageList("all-languages"),
  ],
  keys: languageKeys,
  primary: { words: "action.begin", act: () => touch("begin"), look: "huge" },
});

const municipalityOption = (one, index, touch) =>
  option({ key: one.code, voice: place(index, ...placeAloud(one)), choose: () => touch("choose", one.code) }, el("span", { class: "name both" }, name(one.name)));

const municipalitiesFirst = (data, touch) => {
  const first = namedFirst(data.options);
  return {
    step: "choose",
    main: [
      title("municipality.title"),
      el("ul", { class: "options" }, [...first.map((one, index) => municipalityOption(one, index, touch)), finder(place(first.length, "action_find"), touch)]),
      details(hint("municipality.hint")),
    ],
    back: true,
    stop: true,
  };
};

export const municipality = (data, touch) => found(data, touch) ?? municipalitiesFirst(data, touch);

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
  main: [titled(name(data.municipality), "kind.title"), el("ul", { class: "options" }, data.options.map((one, index) => kindOption(one, index, touch))), details(hint("kind.hint"))],
  back: true,
  stop: true,
});

const NEWEST = 2;

const yearOption = (one, index, touch) =>
  option(
    { key: String(one.fiscal_year), voice: place(index, `year_${one.fiscal_year}`), words: "year-words", choose: () => touch("choose", one.fiscal_year) },
    el("span", { class: "name both" }, both(one.label)),
    el("span", { class: "note both" }, both(one.income)),
  );

const olderYears = (unfold) =>
  option({ key: "older", voice: place(NEWEST, "action_older"), choose: unfold }, el("span", { class: "name both" }, both("year.older")));

export const year = (data, touch) => ({
  step: "choose",
  main: [
    titled(both(data.kind), "year.title"),
    el("ul", { class: "options columns" }, folded(data.options.map((one, index) => yearOption(one, index, touch)), NEWEST, olderYears)),
    details(hint("year.hint")),
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

function stepper({ copies, maximum }, touch) {
  const key = (name, sign, count) =>
    el(
      "button",
      { type: "button", class: "step-key", "data-key": name, "data-voice": `action_${name}`, "aria-label": label(`check.${name}`), disabled: count < 1 || count > maximum, onclick: () => touch("choose", count) },
      icon(sign),
    );
  return [key("fewer", "fewer", copies - 1), el("span", { class: "count both" }, both("check.copies.value", { copies })), key("add", "add", copies + 1)];
}

/** On a keypad a digit is the number of copies. */
const copiesTyped = ({ maximum }, touch) => (event) => {
  const typed = /^[1-9]$/.test(event.key) && Number(event.key) <= maximum;
  if (typed) touch("choose", Number(event.key));
  return typed;
};

export const check = (data, touch) => ({
  step: "choose",
  voice: ["check", "total", yenAloud(data.total_yen)],
  changed: [label("check.copies.value", { copies: data.copies })],
  keys: copiesTyped(data, touch),
  main: [
    title("check.title"),
    el(
      "div",
      { class: "checked" },
      el(
        "div",
        { class: "order" },
        el("p", { class: "both" }, name(data.municipality)),
        el("p", { class: "both" }, both(data.kind)),
        el("p", { class: "both" }, both(data.year)),
        el("p", { class: "income both" }, both(data.income)),
        lines([
          ["check.copies", stepper(data, touch), "stepper"],
          ["check.total", both("check.yen", { yen: data.total_yen }), "strong"],
        ]),
      ),
      notice("info", el("p", { class: "both" }, both("check.sent")), details(sent(), el("p", { class: "both" }, both("check.later")))),
    ),
  ],
  back: true,
  stop: true,
  primary: { words: "action.agree", act: () => touch("confirm") },
});
