// The live puppet on a page without a kernel: the canvas of the notebooks, and in the kernel's place a worker.
//
// The page brings a figure with a film; the puppet takes its place once it can draw, and where it cannot, the film stays
// and a sentence says why.

import { default as canvas } from "./canvas.js";
import { bitmap, flowPicture, greyPicture, maskPicture, planes } from "./pictures.js";
import { PuppetState } from "./state.js";

const LARGEST = 60e6; // pixels of an own picture: more would take more memory than a phone has
const FILMS = ["video/webm;codecs=vp9", "video/webm", "video/mp4"];
const OVERLAYS = [
  ["picture", "picture"],
  ["deformed", "deformed source"],
  ["masks", "masks"],
  ["flow", "deformation"],
  ["occlusion", "occlusion map"],
];

// what the canvas expects of a notebook's model
class Model {
  constructor(values, hear) {
    Object.assign(this, { values, hear, listeners: new Map() });
  }
  get(name) {
    return this.values[name];
  }
  set(name, value) {
    this.values[name] = value;
    for (const listener of this.listeners.get(`change:${name}`) ?? []) listener();
  }
  on(event, listener) {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
  }
  send(message, _, buffers) {
    this.hear(message, buffers);
  }
}

// the worker as a function: ask(kind, given) -> what it answers
function engine() {
  const worker = new Worker(new URL("./engine.js", import.meta.url), { type: "module" });
  const open = new Map();
  let count = 0;
  worker.onmessage = ({ data: { id, error, ...answer } }) => {
    const [done, fail] = open.get(id);
    open.delete(id);
    if (error) fail(new Error(error));
    else done(answer);
  };
  worker.onerror = (event) => {
    for (const [, fail] of open.values()) fail(new Error(event.message || "the model could not be loaded"));
    open.clear();
  };
  return (kind, given = {}) =>
    new Promise((done, fail) => {
      open.set(++count, [done, fail]);
      worker.postMessage({ id: count, kind, ...given });
    });
}

// the middle square of whatever can be drawn, as a picture
function squared(drawable, width, height, size) {
  const still = document.createElement("canvas");
  still.width = still.height = size;
  const pen = still.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" });
  pen.imageSmoothingQuality = "high";
  const short = Math.min(width, height);
  pen.drawImage(drawable, (width - short) / 2, (height - short) / 2, short, short, 0, 0, size, size);
  return planes(pen.getImageData(0, 0, size, size).data);
}

function loaded(url) {
  const image = new Image();
  image.src = url;
  return image.decode().then(() => image);
}

const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
};

class Puppet {
  constructor(root, told, ask) {
    Object.assign(this, { root, told, ask, frame: 0, overlay: "picture", playing: null, made: null, times: [] });
    this.running = Promise.resolve();
    this.waiting = null;
    this.handles = true;
    this.build();
  }

  // one picture is computed at a time, and at most one waits, which shows the pose as it then is
  refresh() {
    this.waiting ??= this.running.then(() => {
      this.waiting = null;
      this.running = this.paint();
      return this.running;
    });
    return this.waiting;
  }

  async paint() {
    try {
      this.made = await this.ask("render", { keypoints: this.state.pose(this.frame) });
    } catch (error) {
      this.say(`The picture could not be computed: ${error.message}`);
      return;
    }
    this.model.set("picture", bitmap(this.seen()));
    this.model.set("points", this.state.points(this.frame));
    this.count();
  }

  // the present picture under the chosen overlay
  seen() {
    const { prediction, deformed, masks, deformation, occlusion_map: occlusion } = this.made;
    const size = this.told.size;
    const kinds = {
      picture: () => prediction,
      deformed: () => deformed,
      masks: () => maskPicture(prediction, masks, this.told.colours),
      flow: () => flowPicture(deformation, size),
      occlusion: () => greyPicture(occlusion, size),
    };
    return kinds[this.overlay]();
  }

  count() {
    const now = performance.now();
    this.times = [...this.times, now].slice(-20);
    const spent = now - this.times[0];
    const rate = this.times.length > 5 && now - this.times.at(-2) < 300 ? (1000 * (this.times.length - 1)) / spent : 0;
    this.speed.textContent =
      `${this.made.milliseconds.toFixed(0)} ms for this picture` + (rate ? `, ${rate.toFixed(0)} pictures a second` : "");
  }

  say(text) {
    this.message.textContent = text;
  }

  // another source; whatever is being drawn is finished first
  show(picture) {
    const begun = this.running.then(async () => {
      const { keypoints } = await this.ask("encode", { picture });
      const before = this.state;
      this.state = new PuppetState(keypoints, this.told.driver);
      this.state.drives = before?.drives ?? false;
      this.made = await this.ask("render", { keypoints });
      this.mount(this.state.busiest(this.made.masks));
    });
    this.running = begun.catch((error) => this.say(`The source could not be read: ${error.message}`));
    return begun.then(() => this.refresh());
  }

  mount(chosen) {
    this.unmount?.();
    this.stage.replaceChildren();
    const values = {
      side: this.told.side, colours: this.told.colours, points: this.state.points(this.frame), chosen,
      handedness: this.state.handedness(), handles: this.handles, picture: null, answered: 0,
      camera: false, camera_size: this.told.size, camera_answered: 0,
    };
    this.model = new Model(values, (message, buffers) => this.hear(message, buffers));
    this.unmount = canvas.render({ model: this.model, el: this.stage });
    if (this.cameraSwitch.checked) this.model.set("camera", true);
  }

  async hear(message, buffers) {
    const model = this.model;
    if (message.kind === "drag") {
      this.state.take(message.k, message.point, this.frame);
      await this.refresh();
      model.set("answered", message.sequence);
    } else if (message.kind === "camera") {
      const picture = planes(new Uint8ClampedArray(buffers[0]));
      const { keypoints } = await this.ask("detect", { picture });
      if (this.cameraSwitch.checked) {
        this.state.see(keypoints);
        await this.refresh();
      }
      model.set("camera_answered", model.get("camera_answered") + 1);
    } else if (message.kind === "camera_refused") {
      this.cameraSwitch.checked = false;
      this.say(`No camera: ${message.why}`);
    }
  }

  // follow the driver by the clock: a slow machine leaves frames out, and the movement keeps its speed
  play(once = false) {
    if (this.playing) return;
    const begin = performance.now() - (1000 * this.frame) / this.told.fps;
    const token = (this.playing = {});
    this.state.drives = true;
    this.playButton.textContent = "pause";
    const step = async () => {
      if (this.playing !== token) return;
      const at = Math.floor(((performance.now() - begin) / 1000) * this.told.fps);
      if (once && at >= this.told.driver.length) {
        this.pause();
        this.goto(0);
        return;
      }
      this.goto(at % this.told.driver.length);
      await this.refresh();
      requestAnimationFrame(step);
    };
    step();
  }

  pause() {
    this.playing = null;
    this.playButton.textContent = "play";
  }

  goto(frame) {
    this.frame = frame;
    this.state.drives = true;
    this.slider.value = String(frame);
    const columns = this.told.columns;
    this.film.style.backgroundPosition =
      `${(100 * (frame % columns)) / (columns - 1)}% ${(100 * Math.floor(frame / columns)) / (this.told.rows - 1)}%`;
    if (!this.playing) this.refresh();
  }

  async own(file) {
    if (!file) return;
    const url = URL.createObjectURL(file);
    try {
      const image = new Image();
      await new Promise((done, fail) => Object.assign(image, { onload: done, onerror: fail, src: url }));
      const { naturalWidth: width, naturalHeight: height } = image;
      if (!width || !height) throw new Error("no pixels");
      if (width * height > LARGEST) {
        this.say(`${file.name} has ${width} x ${height} pixels; choose one of at most ${LARGEST / 1e6} million.`);
        return;
      }
      this.say("");
      this.press(this.sources, null);
      await this.show(squared(image, width, height, this.told.size));
    } catch {
      this.say(`${file.name} is no picture that this browser can read: choose a PNG, JPEG or WebP.`);
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  // a film of the canvas, handles too unless they are switched off
  record() {
    if (this.recorder) {
      this.recorder.stop();
      return;
    }
    const type = FILMS.find((each) => MediaRecorder.isTypeSupported(each));
    const parts = [];
    const recorder = new MediaRecorder(this.stage.querySelector("canvas").captureStream(25), { mimeType: type });
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => {
      this.recorder = null;
      this.recordButton.textContent = "record a film";
      if (this.saved.url) URL.revokeObjectURL(this.saved.url);
      this.saved.url = URL.createObjectURL(new Blob(parts, { type }));
      const name = `synthetic-puppet.${type.includes("webm") ? "webm" : "mp4"}`;
      const film = element("video", {
        src: this.saved.url, controls: true, loop: true, muted: true, playsInline: true, width: 192,
        "aria-label": "the film that was recorded",
      });
      this.saved.replaceChildren(element("a", { href: this.saved.url, download: name }, `download ${name}`), film);
    };
    recorder.start();
    this.recorder = recorder;
    this.recordButton.textContent = "stop, and show the film";
  }

  press(buttons, chosen) {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button === chosen));
  }

  build() {
    const button = (text, action) => element("button", { type: "button", onclick: action }, text);
    const tick = (text, checked, action) => {
      const box = element("input", { type: "checkbox", checked, onchange: () => action(box.checked) });
      return [box, element("label", {}, box, ` ${text}`)];
    };
    const group = (name, ...children) =>
      element("div", { role: "group", "aria-label": name }, element("strong", {}, name), ...children);

    this.stage = element("div", { class: "puppet-stage" });
    this.sources = this.told.sources.map((source) => {
      const made = element(
        "button", { type: "button", class: "puppet-source", "aria-label": source.name, "aria-pressed": "false" },
        element("img", { src: new URL(source.file, import.meta.url).href, alt: "", width: 56, height: 56 }),
      );
      made.addEventListener("click", () => this.choose(made));
      return made;
    });
    const own = element("input", { type: "file", accept: "image/*", class: "puppet-file" });
    own.addEventListener("change", () => {
      this.own(own.files[0]);
      own.value = ""; // so that the same file can be chosen again
    });
    this.overlays = OVERLAYS.map(([kind, name]) => {
      const made = button(name, () => {
        this.overlay = kind;
        this.press(this.overlays, made);
        this.refresh();
      });
      return made;
    });
    this.press(this.overlays, this.overlays[0]);
    this.film = element("div", { class: "puppet-driver", role: "img", "aria-label": "the driving frame" });
    const strip = new URL(this.told.strip, import.meta.url).href;
    this.film.style.backgroundImage = `url("${strip}")`;
    this.film.style.backgroundSize = `${100 * this.told.columns}% ${100 * this.told.rows}%`;
    this.playButton = button("play", () => (this.playing ? this.pause() : this.play()));
    this.slider = element("input", {
      type: "range", min: "0", max: String(this.told.driver.length - 1), "aria-label": "driving frame",
      oninput: () => {
        this.pause();
        this.goto(Number(this.slider.value));
      },
    });
    this.slider.value = "0";
    const [, handles] = tick("handles", true, (on) => {
      this.handles = on;
      this.model.set("handles", on);
    });
    const [camera, cameraLabel] = tick("drive by camera", false, (on) => {
      this.pause();
      this.state.camera = null;
      this.model.set("camera", on);
      this.refresh();
    });
    this.cameraSwitch = camera;
    this.recordButton = button("record a film", () => this.record());
    this.recordButton.disabled = !window.MediaRecorder;
    this.saved = element("div", { class: "puppet-saved" });
    this.message = element("p", { class: "puppet-message", role: "status" });
    this.speed = element("p", { class: "puppet-speed" });
    const reset = button("reset", () => {
      this.pause();
      this.state.reset();
      this.state.drives = false;
      this.frame = 0;
      this.slider.value = "0";
      this.film.style.backgroundPosition = "0 0";
      this.refresh();
    });
    const shake = button("random motion", () => {
      this.state.shake();
      this.refresh();
    });
    this.panel = element(
      "div", { class: "puppet-panel" },
      group("Source", element("div", { class: "puppet-row" }, ...this.sources),
        element("label", { class: "puppet-own" }, "or your own picture, which stays in this browser ", own)),
      group("Driver", element("div", { class: "puppet-row" }, this.film,
        element("div", { class: "puppet-drive" }, this.playButton, this.slider, cameraLabel))),
      group("Show", element("div", { class: "puppet-row" }, ...this.overlays)),
      group("Hand", element("div", { class: "puppet-row" }, reset, shake, this.recordButton, handles)),
      this.message, this.saved, this.speed,
    );
  }

  choose(button) {
    this.press(this.sources, button);
    this.say("");
    const size = this.told.size;
    return loaded(button.querySelector("img").src).then((image) => this.show(squared(image, size, size, size)));
  }

  async open() {
    await this.choose(this.sources[0]);
    this.root.replaceChildren(this.stage, this.panel);
    this.root.classList.add("puppet-live");
  }
}

async function start(root) {
  const told = document.createElement("p");
  told.className = "puppet-told";
  try {
    if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly");
    const ask = engine();
    const [data] = await Promise.all([
      fetch(new URL("./puppet.json", import.meta.url)).then((response) => response.json()),
      ask("open"),
    ]);
    const puppet = new Puppet(root, data, ask);
    await puppet.open();
    root.puppet = puppet; // for whoever drives the page
    root.dataset.ready = String(Math.round(performance.now()));
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) puppet.play(true);
  } catch (error) {
    told.textContent = `The puppet cannot live here, so this is a film of it: ${error.message}.`;
    root.append(told);
    root.dataset.failed = error.message;
  }
}

const root = document.querySelector("#puppet");
if (root) start(root);
