/** Waiting and printing: what has really happened so far, and nothing else. */

import { el, icon, picture } from "../dom.js";
import { beside, hint, notice, title } from "../parts.js";
import { both, label } from "../words.js";

const STAGES = ["applying", "making", "checking"];

function stageLine(stage, index, reached) {
  const state = index < reached ? "done" : index === reached ? "now" : "todo";
  const sign = state === "done" ? icon("good") : el("span", { class: "turning", "aria-hidden": "true" });
  return el(
    "li",
    { class: `stage-line ${state}`, "aria-current": state === "now" && "step" },
    sign,
    el("span", { class: "stage-words both" }, both(`waiting.${stage}`)),
    el("span", { class: "stage-state both" }, both(`waiting.state.${state}`)),
  );
}

export const waiting = (data) => ({
  step: "prepare",
  said: [label(`waiting.${data.stage}`)],
  main: [
    title("waiting.title"),
    hint("waiting.hint"),
    el("ol", { class: "stages" }, STAGES.map((stage, index) => stageLine(stage, index, STAGES.indexOf(data.stage)))),
  ],
  stop: true,
});

export const printing = (data, touch) => ({
  step: "take",
  said: [label("printing.progress", data)],
  calling: data.stopped,
  primary: data.stopped ? { words: "action.refund", act: () => touch("stop") } : undefined,
  main: [
    beside(
      picture("paper"),
      title(data.stopped ? "printing.stopped" : "printing.title"),
      el("progress", { class: "printed", max: data.total, value: data.printed, "aria-labelledby": "printed-words" }),
      el("p", { class: "printed-words both", id: "printed-words" }, both("printing.progress", data)),
      data.stopped ? notice("warn", el("p", { class: "both" }, both("printing.stopped.hint"))) : hint("printing.hint"),
    ),
  ],
});
