// Handles over a picture of an explorer: each says where the hand wants it, and stands where the kernel says.
//
// One request is under way at a time. What is dragged meanwhile replaces what was waiting, so old moves are dropped
// rather than queued. The one that the hand holds stays where the hand is. No key that is pressed on a handle reaches the
// page around it: in a notebook, letters cut, delete and insert cells.

const STEP = 0.05; // of an arrow key, in normalised units; a fifth of it with Shift
const REST = 150; // milliseconds that a pointer rests on a handle before that counts as looking at it
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function render({ model, el }) {
  el.classList.add("fomm-lite-handles");
  el.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab's own word for: these keys are not yours
  const buttons = new Map(); // name -> its element
  const waiting = new Map(); // name -> the message that it sends next
  let held = null; // { name, pointer }
  let underWay = null; // { name, sequence }
  let sequence = Math.floor(Math.random() * 2 ** 40); // two views do not take each other's answers

  const busy = (name) => held?.name === name || waiting.has(name) || underWay?.name === name;
  const put = (button, at) => {
    button.style.left = `${50 * (at[0] + 1)}%`;
    button.style.top = `${50 * (at[1] + 1)}%`;
    button.dataset.at = JSON.stringify(at);
  };
  const at = (name) => JSON.parse(buttons.get(name).dataset.at);

  function flush() {
    if (!waiting.size || underWay) return;
    const [name, message] = waiting.entries().next().value;
    waiting.delete(name);
    underWay = { name, sequence: ++sequence };
    try {
      model.send({ ...message, name, sequence });
    } catch (error) {
      underWay = null; // the kernel is gone, and the page says so itself
    }
  }

  function want(name, kind, place) {
    waiting.set(name, { kind, at: place });
    flush();
  }

  function move(name, place) {
    const inside = place.map((part) => Math.min(1, Math.max(-1, part)));
    put(buttons.get(name), inside);
    want(name, "pull", inside);
  }

  function adopt() {
    const all = model.get("handles");
    for (const [name, button] of buttons) {
      if (all.some((each) => each.name === name)) continue;
      button.remove();
      buttons.delete(name);
    }
    for (const each of all) {
      if (!buttons.has(each.name)) make(each.name);
      const button = buttons.get(each.name);
      button.setAttribute("aria-label", each.label);
      button.title = each.label;
      button.classList.toggle("fomm-lite-chosen", each.chosen);
      if (!busy(each.name)) put(button, each.at);
    }
  }

  function make(name) {
    const button = document.createElement("button");
    button.type = "button";
    let rest = null;
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || held) return;
      button.focus({ preventScroll: true });
      held = { name, pointer: event.pointerId };
      button.setPointerCapture(event.pointerId);
      want(name, "look", at(name));
      event.preventDefault();
    });
    // a finger on a handle drags it, a finger beside the handles scrolls the page
    button.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    button.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      event.stopPropagation();
    });
    button.addEventListener("pointermove", (event) => {
      if (held?.name !== name || event.pointerId !== held.pointer) return;
      const box = el.getBoundingClientRect();
      move(name, [2 * (event.clientX - box.left) / box.width - 1, 2 * (event.clientY - box.top) / box.height - 1]);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      button.addEventListener(end, (event) => {
        if (held?.name !== name || event.pointerId !== held.pointer) return;
        held = null;
        adopt();
      });
    }
    button.addEventListener("pointerenter", () => {
      rest = setTimeout(() => held || want(name, "look", at(name)), REST);
    });
    button.addEventListener("pointerleave", () => clearTimeout(rest));
    button.addEventListener("focus", () => held || want(name, "look", at(name)));
    button.addEventListener("keydown", (event) => {
      if (!(event.key in ARROWS) || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = event.shiftKey ? STEP / 5 : STEP;
      const from = at(name);
      move(name, ARROWS[event.key].map((part, axis) => from[axis] + step * part));
      event.preventDefault();
    });
    buttons.set(name, button);
    el.appendChild(button);
  }

  for (const kind of ["keydown", "keypress", "keyup"]) el.addEventListener(kind, (event) => event.stopPropagation());
  model.on("change:answered", () => {
    if (model.get("answered") === underWay?.sequence) underWay = null;
    flush();
    adopt();
  });
  model.on("change:handles", adopt);
  adopt();
}

export default { render };
