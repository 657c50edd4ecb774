/** The device panel: card slot, coin slot, tray and lamp of a demo machine, played by mouse, touch or keys. */

import { Refused } from "./api.js";
import { el, icon } from "./dom.js";
import { showToast } from "./frame.js";
import { emoneyUnit } from "./panel-emoney.js";
import { receiptUnit } from "./panel-receipt.js";
import { panelLabel as label, panelWords as both } from "./words.js";

const device = document.getElementById("device");
let machine;
let chosen;

async function operate(operation, value = null) {
  try {
    draw(await machine.post("panel", { operation, value }));
  } catch (error) {
    if (error instanceof Refused) showToast(error.problem);
  }
}

const hand = (words, key, look, act, disabled = false) =>
  el("button", { type: "button", class: `hand ${look}`, "data-key": key, disabled, onclick: act }, el("span", { class: "both" }, both(words)));

const unit = (name, words, ...content) =>
  el("section", { class: `unit ${name}`, "aria-labelledby": `unit-${name}` }, el("h3", { id: `unit-${name}`, class: "both" }, both(words)), ...content);

function cardUnit(panel) {
  const lying = panel.cards.find((card) => card.id === panel.card);
  const slot = el(
    "div",
    { class: lying ? "slot full" : "slot" },
    lying ? el("div", { class: "plastic" }, icon("card"), el("span", {}, lying.label)) : el("span", { class: "slot-empty both" }, both("panel.card.none")),
  );
  if (panel.card !== null) return unit("card", "panel.card", slot, hand("panel.card.take", "take_card", "take", () => operate("take_card")));
  const select = el(
    "select",
    { "data-key": "cards", "aria-label": label("panel.card.choose"), onchange: (event) => { chosen = event.target.value; } },
    panel.cards.map((card) => el("option", { value: card.id, selected: card.id === chosen }, card.label)),
  );
  const put = hand("panel.card.put", "put_card", "", () => operate("put_card", select.value), panel.cards.length === 0);
  return unit("card", "panel.card", slot, el("div", { class: "row" }, select, put));
}

const coin = (value, accepts) =>
  el(
    "button",
    { type: "button", class: `coin yen${value}`, "data-key": `coin${value}`, disabled: !accepts, "aria-label": label("panel.yen", { yen: value }), onclick: () => operate("insert_coin", value) },
    value.toLocaleString("ja-JP"),
  );

function coinUnit(panel) {
  const coins = document.body.dataset.coins.split(",").map(Number);
  const figure = (words, amount) => el("p", { class: "figure-line" }, el("span", { class: "both" }, both(words)), el("span", { class: "both" }, both("panel.yen", { yen: amount })));
  return unit(
    "coins",
    "panel.coins",
    el("div", { class: panel.accepts_coins ? "coin-row" : "coin-row shut" }, coins.map((value) => coin(value, panel.accepts_coins))),
    panel.accepts_coins ? null : el("p", { class: "shut-words both" }, both("panel.coins.closed")),
    figure("panel.coins.inserted", panel.inserted_yen),
    figure("panel.coins.returned", panel.returned_yen),
  );
}

function trayUnit(panel) {
  const sheets = Array.from({ length: Math.min(panel.tray_sheets, 5) }, () => el("span", { class: "sheet" }));
  const words = panel.tray_sheets > 0 ? both("panel.tray.sheets", { sheets: panel.tray_sheets }) : both("panel.tray.empty");
  return unit(
    "tray",
    "panel.tray",
    el("div", { class: "tray-mouth", "aria-hidden": "true" }, sheets),
    el("div", { class: "row" }, el("p", { class: "tray-words both", role: "status" }, words), hand("panel.tray.take", "take_paper", "take", () => operate("take_paper"), panel.tray_sheets === 0)),
  );
}

const FAULTS = ["jam", "media_empty", "network", "emoney", "receipt"];

/** What may go wrong, to be tried: each button makes it so, or puts it right. */
function mishaps(panel) {
  const fault = (name) => {
    const wrong = panel.faults.includes(name);
    const [act, key] = wrong ? ["repair", `repair-${name}`] : ["provoke", `provoke-${name}`];
    return hand(wrong ? `panel.repair.${name}` : `panel.provoke.${name}`, key, wrong ? "wrong" : "quiet", () => operate(act, name));
  };
  const door = panel.door_open
    ? hand("panel.door.close", "close_door", "wrong", () => operate("close_door"))
    : hand("panel.door.open", "open_door", "quiet", () => operate("open_door"));
  const plug = panel.has_plug ? [hand("panel.power", "power_off", "quiet", () => operate("power_off"))] : [];
  const settled = panel.settled.map((one) => el("p", { class: "settled both", role: "status" }, both("panel.settled", one)));
  return unit("faults", "panel.faults", el("div", { class: "mishaps" }, ...FAULTS.map(fault), door, ...plug), ...settled);
}

function draw(panel) {
  const focused = device.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  device.dataset.lamp = panel.lamp;
  device.replaceChildren(
    el("header", { class: "device-head" }, el("h2", { id: "device-title", class: "both" }, both("panel.title")), el("p", { class: "both" }, both("panel.hint"))),
    el("div", { class: "lamp" }, el("span", { class: "light", "aria-hidden": "true" }), el("span", { class: "both" }, both(`panel.lamp.${panel.lamp}`))),
    cardUnit(panel),
    coinUnit(panel),
    emoneyUnit(panel, { unit, hand, operate }),
    trayUnit(panel),
    receiptUnit(panel, { unit }),
    mishaps(panel),
  );
  if (focused) device.querySelector(`[data-key="${CSS.escape(focused)}"]:not(:disabled)`)?.focus({ preventScroll: true });
}

/** Follow the devices for as long as the page lives. */
export function startPanel(of) {
  machine = of;
  void machine.follow("panel-events", draw, undefined, 0);
}
