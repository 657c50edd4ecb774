// The page: keys first, then the camera or a photo, then the result. What was read lives in `seen` and on the screen alone.

import { Camera } from "./camera.js";
import { check } from "./check.js";
import { both, element, icon, moment, pair, useWords } from "./dom.js";
import { hex } from "./number.js";
import { codeInFile, prepareReader } from "./reading.js";
import { told } from "./telling.js";
import { isOver, keptList, newestList } from "./trust.js";

const STATUSES = new Set(["issued", "superseded", "replaced", "revoked", "unknown"]);
const [listLine, toldLine, viewer, reading, result, start, stop, file] = [
  "list", "told", "viewer", "reading", "result", "start", "stop", "file",
].map((id) => document.getElementById(id));
const canvas = document.getElementById("canvas");
const camera = new Camera(document.getElementById("video"), canvas);

let shipped = null;
let list = null;
let seen = null; // {text, found}: the present result

const now = () => Math.floor(Date.now() / 1000);

async function begin() {
  const [words, known] = await Promise.all([json("./words.json"), json("./shipped.json")]);
  useWords(words);
  shipped = known;
  list = await keptList(shipped, now());
  if (list !== null) showList();
  const reader = prepareReader();
  list = await newestList(shipped, now());
  showList();
  await reader;
  document.documentElement.dataset.ready = "yes";
}

async function json(address) {
  const answer = await fetch(address, { credentials: "omit" });
  if (!answer.ok) throw new Error(address);
  return answer.json();
}

/** Judge the list's age anew: a page may stay open for days. */
function listNow() {
  return list === null ? null : { ...list, over: isOver(list, shipped, now()) };
}

function showList() {
  const known = listNow();
  const key = known === null ? "none" : known.over ? "over" : "fresh";
  const words = { none: "list.none", over: "list.over", fresh: "list.fresh" }[key];
  listLine.className = `list both ${key === "fresh" ? "good" : "warn"}`;
  const spans = element("span", {}, both(pair(words, { date: known && moment(known.issuedAt) })));
  listLine.replaceChildren(icon(key === "fresh" ? "good" : "warn"), spans);
}

function say(key) {
  toldLine.replaceChildren(...(key === null ? [] : both(pair(key))));
}

function showCamera(on) {
  viewer.hidden = !on;
  stop.hidden = !on;
  start.hidden = on;
}

async function useCamera() {
  showCamera(true);
  say("camera.searching");
  stop.focus({ preventScroll: true });
  viewer.scrollIntoView({ block: "start" });
  try {
    const text = await camera.read();
    if (text !== null) await show(text);
  } catch {
    camera.stop();
    say("camera.refused");
  } finally {
    showCamera(false);
  }
}

function stopCamera() {
  camera.stop();
  showCamera(false);
  say("camera.stopped");
  start.focus();
}

async function usePhoto() {
  const [photo] = file.files;
  file.value = "";
  if (photo === undefined) return;
  camera.stop();
  try {
    const text = await codeInFile(photo, canvas);
    if (text === null) say("file.none");
    else await show(text);
  } catch {
    say("file.unreadable");
  }
}

async function show(text) {
  const known = listNow();
  const found = known === null ? { verdict: "no_list" } : await check(text, known, shipped, now());
  seen = { text, found };
  draw(null);
}

function draw(status) {
  const { found } = seen;
  const parts = told(found, status, listNow(), shipped);
  if (found.body && status === null) parts.splice(1, 0, question());
  const again = element("button", { class: "button outline", type: "button", id: "again" }, element("span", {}, both(pair("again.button"))));
  again.addEventListener("click", () => leave());
  result.replaceChildren(...parts, again);
  reading.hidden = true;
  result.hidden = false;
  say(null);
  document.getElementById("verdict").focus();
  scrollTo(0, 0);
}

function question() {
  const button = element("button", { class: "button", type: "button", id: "ask" }, element("span", {}, both(pair("ask.button"))));
  button.addEventListener("click", () => ask(button));
  return element("div", { class: "ask" }, button,
    element("p", { class: "both small", id: "asked", role: "status" }, both(pair("ask.hint"))));
}

async function ask(button) {
  const asked = document.getElementById("asked");
  const about = seen;
  button.disabled = true;
  asked.replaceChildren(...both(pair("ask.asking")));
  const status = await statusOf(about.found);
  if (seen !== about) return; // the person went on to another certificate meanwhile
  if (status === null) {
    asked.replaceChildren(...both(pair("ask.failed")));
    button.disabled = false;
    return;
  }
  list = (await newestList(shipped, now())) ?? list; // there is a network: the newest list judges the signature too
  showList();
  const found = await check(about.text, listNow(), shipped, now());
  if (seen !== about) return;
  seen = { ...about, found };
  draw(found.verdict === "signed" ? status : null);
}

/** What the ward says of the paper, or null when nobody could say. */
async function statusOf({ ward, body }) {
  try {
    const answer = await fetch("./status", {
      method: "POST", cache: "no-store", credentials: "omit", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ward, paper_number: hex(body.paperNumber) }),
    });
    const said = answer.ok ? await answer.json() : {};
    return STATUSES.has(said.status) ? said.status : null;
  } catch {
    return null;
  }
}

/** Forget the certificate, and be ready for the next. */
function leave() {
  camera.stop();
  seen = null;
  result.replaceChildren();
  result.hidden = true;
  reading.hidden = false;
  showList();
  start.focus();
}

async function keepForLater() {
  if (!("serviceWorker" in navigator)) return;
  const address = globalThis.trustedTypes
    ? trustedTypes.createPolicy("madoguchi-service-worker", { createScriptURL: () => "./sw.js" }).createScriptURL("")
    : "./sw.js";
  const controlled = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (controlled && seen === null && camera.stream === null) location.reload(); // a new version of this page
  });
  await navigator.serviceWorker.register(address, { scope: "./", updateViaCache: "none" });
  await navigator.serviceWorker.ready;
  document.documentElement.dataset.kept = "yes";
}

start.addEventListener("click", useCamera);
stop.addEventListener("click", stopCamera);
file.addEventListener("change", usePhoto);
addEventListener("online", async () => {
  list = await newestList(shipped, now());
  if (seen === null) showList();
});
// A browser may keep a page in memory to show it when somebody goes back: it must not show a certificate.
addEventListener("pagehide", leave);

begin().catch(() => {
  listLine.textContent = "この画面を準備できませんでした。 This page could not be prepared.";
});
keepForLater().catch(() => {}); // without it the page works, with a network
