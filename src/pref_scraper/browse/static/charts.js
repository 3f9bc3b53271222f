/* Draws the charts of a page from the descriptions in it, and saves them; templates/_chart.html has what it works on.
   No text is run as a program (`ast`), nothing is loaded, and nothing moves. */
"use strict";

const OPTIONS = {
  mode: "vega-lite",
  ast: true,
  actions: false,
  renderer: "svg",
  defaultStyle: false,
  tooltip: { disableDefaultStyle: true },
};
const FINER = { svg: 1, png: 2 };

async function save(view, name, kind) {
  const link = document.createElement("a");
  link.href = await view.toImageURL(kind, FINER[kind]);
  link.download = `${name}.${kind}`;
  link.click();
}

/* A finger does not hover: where it taps, a pointer is taken to move. */
function move({ target, clientX, clientY }) {
  target.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX, clientY }));
}

async function draw(figure, picture) {
  const part = (selector) => figure.querySelector(selector);
  picture.hidden = false; // before it is drawn: a chart is as wide as its place
  try {
    const { view } = await vegaEmbed(picture.firstElementChild, JSON.parse(part("script").textContent), OPTIONS);
    picture.addEventListener("click", move);
    for (const button of figure.querySelectorAll("button")) {
      button.addEventListener("click", () => save(view, figure.dataset.file, button.dataset.as));
    }
    part(".drawn").hidden = false;
    part("details").open = false;
  } catch (error) {
    picture.hidden = true;
    part(".failed").hidden = false;
    throw error;
  }
}

document.querySelectorAll(".chart .picture").forEach((picture) => draw(picture.closest("figure"), picture));
