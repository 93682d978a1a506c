// The puppet's controls: what they are called, where they stand, and which of the puppet's doings each asks for.

import { dragged, part } from "./crop.js";
import { canRecord } from "./film.js";

const OVERLAYS = [
  ["picture", "picture"],
  ["deformed", "deformed source"],
  ["masks", "masks"],
  ["flow", "deformation"],
  ["occlusion", "occlusion map"],
];

export const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
};

const button = (text, action) => element("button", { type: "button", onclick: action }, text);

const group = (name, ...children) =>
  element("div", { role: "group", "aria-label": name }, element("strong", {}, name), ...children);

const row = (...children) => element("div", { class: "puppet-row" }, ...children);

function tick(text, checked, action) {
  const box = element("input", { type: "checkbox", checked, onchange: () => action(box.checked) });
  return [box, element("label", {}, box, ` ${text}`)];
}

function slider(name, low, high, action) {
  const made = element("input", {
    type: "range", min: String(low), max: String(high), "aria-label": name, oninput: () => action(Number(made.value)),
  });
  made.value = String(low);
  return made;
}

export function press(buttons, chosen) {
  for (const each of buttons) each.setAttribute("aria-pressed", String(each === chosen));
}

// buttons of which one is pressed
function choice(names, chosen, action) {
  const made = names.map(([value, text]) =>
    button(text, (event) => {
      press(made, event.currentTarget);
      action(value);
    }),
  );
  press(made, made[chosen]);
  return made;
}

// which square of an own picture: it is seen, dragged, and set by sliders
function cropper(puppet) {
  const side = 96;
  let [image, cut, hand, busy] = [null, null, null, false];
  const seen = element("canvas", { width: side, height: side, class: "puppet-crop", "aria-hidden": "true" });
  const settings = [["across", 0, 100, 50], ["down", 0, 100, 50], ["zoom", 100, 400, 100]];
  const sliders = settings.map(([name, low, high]) =>
    slider(`own picture: ${name}`, low, high, (value) => change({ ...cut, [name]: value / 100 })),
  );
  const whole = group("Crop", row(seen, element("div", { class: "puppet-drive" },
    ...sliders.map((each, at) => element("label", { class: "puppet-slider" }, settings[at][0], each)))));
  whole.hidden = true;

  function draw() {
    seen.getContext("2d").drawImage(image, ...square(), 0, 0, side, side);
    sliders.forEach((each, at) => (each.value = String(100 * cut[settings[at][0]])));
  }

  function square() {
    const [left, top, size] = part(image.width, image.height, cut);
    return [left, top, size, size];
  }

  // one source is read at a time, and the last place of the hand is always read
  async function change(wanted) {
    cut = wanted;
    draw();
    if (busy) return;
    busy = true;
    for (let read = null; read !== cut; ) {
      read = cut;
      await puppet.crop(image, read).catch(() => {});
    }
    busy = false;
  }

  seen.addEventListener("pointerdown", (event) => {
    hand = [event.clientX, event.clientY];
    seen.setPointerCapture(event.pointerId);
  });
  seen.addEventListener("pointermove", (event) => {
    if (!hand) return;
    const [right, below] = [event.clientX - hand[0], event.clientY - hand[1]];
    hand = [event.clientX, event.clientY];
    change(dragged(image.width, image.height, cut, right / side, below / side));
  });
  for (const end of ["pointerup", "pointercancel"]) seen.addEventListener(end, () => (hand = null));

  return {
    whole,
    begin(picture) {
      image = picture;
      whole.hidden = false;
      return change({ across: 0.5, down: 0.5, zoom: 1 });
    },
    end() {
      whole.hidden = true;
    },
  };
}

function driver(puppet) {
  const { columns, rows, strip, driver: frames } = puppet.told;
  const seen = element("div", { class: "puppet-driver", role: "img", "aria-label": "the driving frame" });
  seen.style.backgroundImage = `url("${new URL(strip, import.meta.url).href}")`;
  seen.style.backgroundSize = `${100 * columns}% ${100 * rows}%`;
  const at = slider("driving frame", 0, frames.length - 1, (frame) => {
    puppet.pause();
    puppet.goto(frame);
  });
  const showFrame = (frame) => {
    at.value = String(frame);
    seen.style.backgroundPosition =
      `${(100 * (frame % columns)) / (columns - 1)}% ${(100 * Math.floor(frame / columns)) / (rows - 1)}%`;
  };
  return { seen, at, showFrame };
}

// the finished film: one after the other takes its place
function saver() {
  const place = element("div", { class: "puppet-saved" });
  let urls = [];
  return {
    place,
    save(films) {
      for (const url of urls) URL.revokeObjectURL(url);
      urls = films.map(({ blob }) => URL.createObjectURL(blob));
      const links = films.map(({ kind, blob }, at) =>
        element("a", { href: urls[at], download: `synthetic-puppet.${kind}` },
          `synthetic-puppet.${kind}, ${(blob.size / 1e6).toFixed(1)} MB`),
      );
      const film = element("video", {
        src: urls[0], controls: true, loop: true, muted: true, playsInline: true, width: 192,
        "aria-label": "the film that was recorded",
      });
      place.replaceChildren(film, element("div", { class: "puppet-drive" }, "Save the film:", ...links));
    },
  };
}

// the panel, and what the puppet changes in it
export function build(puppet) {
  const crop = cropper(puppet);
  const sources = puppet.told.sources.map(({ name, file }) => {
    const picture = new URL(`${file}-${puppet.told.sizes[0]}.png`, import.meta.url).href;
    const made = element(
      "button", { type: "button", class: "puppet-source", "aria-label": name, "aria-pressed": "false" },
      element("img", { src: picture, alt: "", width: 47, height: 47 }),
    );
    made.addEventListener("click", () => {
      press(sources, made);
      crop.end();
      puppet.choose(file);
    });
    return made;
  });
  const own = element("input", { type: "file", accept: "image/*", class: "puppet-file" });
  own.addEventListener("change", async () => {
    const [file] = own.files;
    own.value = ""; // so that the same file can be chosen again
    const image = file ? await puppet.own(file) : null;
    if (!image) return;
    press(sources, null);
    crop.begin(image);
  });
  const { seen, at, showFrame } = driver(puppet);
  const play = button("play", () => (puppet.playing ? puppet.pause() : puppet.play()));
  const [, handles] = tick("handles", true, (on) => {
    puppet.handles = on;
    puppet.model.set("handles", on);
  });
  const [camera, cameraLabel] = tick("drive by camera", false, (on) => {
    puppet.pause();
    puppet.state.camera = null;
    puppet.model.set("camera", on);
    puppet.refresh();
  });
  const overlays = choice(OVERLAYS, 0, (kind) => {
    puppet.overlay = kind;
    puppet.refresh();
  });
  const sizes = choice(
    puppet.told.sizes.map((size, n) => [size, `${size} px${n ? ", slower" : ""}`]), 0, (size) => puppet.resize(size),
  );
  const film = button("record a film", () => puppet.record());
  film.disabled = !canRecord();
  const shake = button("random motion", () => {
    puppet.state.shake();
    puppet.refresh();
  });
  const message = element("p", { class: "puppet-message", role: "status" });
  const speed = element("p", { class: "puppet-speed" });
  const { place, save } = saver();
  const panel = element(
    "div", { class: "puppet-panel" },
    group("Source", row(...sources),
      element("label", { class: "puppet-own" }, "or your own picture, which stays in this browser (the model knows drawn faces only) ", own)),
    crop.whole,
    group("Driver", row(seen, element("div", { class: "puppet-drive" }, play, at, cameraLabel))),
    group("Show", row(...overlays)),
    group("Size", row(...sizes)),
    group("Hand", row(button("reset", () => puppet.reset()), shake, film, handles)),
    message, place, speed,
  );
  const recording = (on) => (film.textContent = on ? "stop, and show the film" : "record a film");
  const pressSize = (size) => press(sizes, sizes[puppet.told.sizes.indexOf(size)]);
  return { panel, sources, press, pressSize, play, camera, message, speed, showFrame, recording, save };
}
