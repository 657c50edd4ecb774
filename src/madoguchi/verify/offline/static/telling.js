// From what was found out to what is shown: never more than was checked.

import { both, element, icon, moment, pair } from "./dom.js";
import { printedNumber } from "./number.js";

const SIGNED_TONES = { issued: "good", superseded: "bad", replaced: "bad", revoked: "bad", unknown: "bad" };
const SIGNATURE_TONES = { good: "good", over: "warn", bad: "bad", unclear: "warn" };

/**
 * The elements of a result.
 *
 * `found` is what `check` gave, `status` what the ward said or null while it was not asked, `list` the list or null.
 */
export function told(found, status, list, shipped) {
  const headline = headlineOf(found, status, list);
  const ward = found.body && wardOf(found.ward, shipped);
  const date = list && moment(list.issuedAt);
  const parts = [verdict(headline, { ward, date })];
  if (found.body && shipped.environment !== "production") parts.push(notice("warn", pair("result.demo")));
  if (found.body) parts.push(content(found, shipped));
  const signature = signatureOf(found, list);
  if (signature) parts.push(checks(signature, found, status));
  if (found.body) parts.push(unchecked(status));
  return parts;
}

function headlineOf(found, status, list) {
  if (found.verdict === "no_list") return ["warn", "no_list"];
  if (found.verdict === "no_code") return ["warn", "no_code"];
  if (found.verdict === "not_signed") return list.over ? ["warn", "unclear"] : ["bad", "not_signed"];
  if (status !== null && status !== "issued") return [SIGNED_TONES[status], status];
  if (found.listOver) return ["warn", "over"]; // whatever the ward says of the number, the key may be withdrawn
  return status === null ? ["warn", "signed"] : ["good", "issued"];
}

function signatureOf(found, list) {
  if (found.verdict === "signed") return found.listOver ? "over" : "good";
  if (found.verdict === "not_signed") return list.over ? "unclear" : "bad";
  return null;
}

function verdict([tone, key], values) {
  const title = element("h1", { id: "verdict", tabindex: "-1" },
    element("span", { class: "seen-by-ear" }, `${pair("result.label").ja}: `), both(pair(`result.${key}.title`)));
  const text = element("p", { class: "both" }, both(pair(`result.${key}.text`, values)));
  return element("section", { class: `verdict ${tone}`, "aria-labelledby": "verdict" }, icon(tone), element("div", {}, title, text));
}

function content({ body, ward }, shipped) {
  const kind = shipped.kinds[body.kind];
  const facts = [
    ["ward", wardOf(ward, shipped)],
    ["kind", { ja: body.title, en: kind?.titles[body.title] }],
    ["year", shipped.years[body.fiscalYear] ?? plain(String(body.fiscalYear))],
    ["name", plain(body.name)],
    ["birth", plain(body.birthDate)],
    ["issued", plain(body.issuedOn)],
    ["page", plain(`${body.page} / ${body.pages}`)],
    ["certificate", plain(body.certificateNumber)],
    ["paper", plain(printedNumber(body.paperNumber))],
  ];
  const amounts = body.amounts.map((value, at) => line(kind?.amounts[at] ?? pair("content.amount"), plain(value)));
  return section("content",
    notice("info", pair("content.compare")),
    element("dl", { class: "facts" }, facts.map(([key, value]) => line(pair(`content.${key}`), value))),
    element("dl", { class: "facts amounts" }, amounts));
}

function checks(signature, found, status) {
  const rows = [[SIGNATURE_TONES[signature], pair("checks.signature"), pair(`checks.signature.${signature}`)]];
  if (found.verdict === "signed") {
    rows.push([SIGNED_TONES[status] ?? "warn", pair("checks.status"), pair(`status.${status ?? "not_asked"}`)]);
  }
  return section("checks", element("ul", { class: "checks" }, rows.map(([tone, what, outcome]) =>
    element("li", { class: tone }, icon(tone), element("span", { class: "what both" }, both(what)),
      element("strong", { class: "both" }, both(outcome))))));
}

function unchecked(status) {
  const keys = [...(status === null ? ["status"] : []), "copy", "print", "person"];
  return section("unchecked", element("ul", { class: "unchecked" }, keys.map((key) =>
    element("li", {}, icon("dash"), element("p", { class: "both" }, both(pair(`unchecked.${key}`)))))));
}

function section(key, ...children) {
  return element("section", { "aria-labelledby": key }, element("h2", { id: key }, both(pair(`${key}.title`))), children);
}

export function notice(tone, words) {
  return element("div", { class: `notice ${tone}` }, icon(tone), element("p", { class: "words both" }, both(words)));
}

function line(label, value) {
  return element("div", {}, element("dt", { class: "both" }, both(label)), element("dd", { class: "both" }, both(value)));
}

function wardOf(code, shipped) {
  return shipped.wards[code] ?? plain(code);
}

function plain(text) {
  return { ja: text, en: "" };
}
