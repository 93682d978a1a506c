// The live puppet on a page without a kernel: the canvas of the notebooks, and in the kernel's place a worker.
//
// The page brings a figure with a film; the puppet takes its place once it can draw, and where it cannot, the film stays
// and a sentence says why.

import { default as canvas } from "./canvas.js";
import { part } from "./crop.js";
import { record } from "./film.js";
import { build, element } from "./panel.js";
import { bitmap, flowPicture, greyPicture, maskPicture, planes } from "./pictures.js";
import { PuppetState } from "./state.js";

const LARGEST = 60e6; // pixels of an own picture: more would take more memory than a phone has

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

// a square of whatever can be drawn, as a picture
function squared(drawable, [left, top, side], size) {
  const still = document.createElement("canvas");
  still.width = still.height = size;
  const pen = still.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" });
  pen.imageSmoothingQuality = "high";
  pen.drawImage(drawable, left, top, side, side, 0, 0, size, size);
  return planes(pen.getImageData(0, 0, size, size).data);
}

function loaded(url) {
  const image = new Image();
  image.src = url;
  return image.decode().then(() => image);
}

const nextFrame = () => new Promise((done) => requestAnimationFrame(done));

class Puppet {
  constructor(root, told, ask) {
    Object.assign(this, { root, told, ask, frame: 0, overlay: "picture", playing: null, made: null, times: [] });
    this.size = told.sizes[0];
    this.running = Promise.resolve();
    this.waiting = null;
    this.handles = true;
    this.stage = element("div", { class: "puppet-stage" });
    this.controls = build(this);
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
    const size = Math.sqrt(prediction.length / 3);
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
    this.controls.speed.textContent =
      `${this.made.milliseconds.toFixed(0)} ms for this picture` + (rate ? `, ${rate.toFixed(0)} pictures a second` : "");
  }

  say(text) {
    this.controls.message.textContent = text;
  }

  // another source, or the same at another size; whatever is being drawn is finished first. drawn(side) -> its picture
  show(drawn) {
    const begun = this.running.then(async () => {
      const { keypoints } = await this.ask("encode", { picture: await drawn(this.size) });
      const before = this.state;
      this.state = new PuppetState(keypoints, this.told.driver);
      this.state.drives = before?.drives ?? false;
      if (drawn === this.drawn) this.state.follow(before);
      this.made = await this.ask("render", { keypoints: this.state.pose(this.frame) });
      this.drawn = drawn;
      this.mount(this.state.busiest(this.made.masks));
    });
    this.running = begun.catch((error) => this.say(`The source could not be read: ${error.message}`));
    return begun.then(() => this.refresh());
  }

  mount(chosen) {
    this.unmount?.();
    if (this.film) this.record(); // it ends with its canvas
    this.stage.replaceChildren();
    const values = {
      side: this.told.side, colours: this.told.colours, points: this.state.points(this.frame), chosen,
      handedness: this.state.handedness(), handles: this.handles, picture: bitmap(this.made.prediction), answered: 0,
      camera: false, camera_size: this.size, camera_answered: 0,
    };
    this.model = new Model(values, (message, buffers) => this.hear(message, buffers));
    this.unmount = canvas.render({ model: this.model, el: this.stage });
    if (this.controls.camera.checked) this.model.set("camera", true);
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
      if (this.controls.camera.checked) {
        this.state.see(keypoints);
        await this.refresh();
      }
      model.set("camera_answered", model.get("camera_answered") + 1);
    } else if (message.kind === "camera_refused") {
      this.controls.camera.checked = false;
      this.say(`No camera: ${message.why}`);
    }
  }

  // follow the driver by the clock, also between its frames: however fast a machine is, the movement keeps its speed
  async play(once = false) {
    if (this.playing) return;
    const length = this.told.driver.length;
    const begin = performance.now() - (1000 * this.frame) / this.told.fps;
    const token = (this.playing = {});
    this.state.drives = true;
    this.controls.play.textContent = "pause";
    while (this.playing === token) {
      const at = ((performance.now() - begin) / 1000) * this.told.fps;
      if (once && at >= length) {
        this.pause();
        this.goto(0);
        return;
      }
      this.goto(at % length);
      await Promise.all([this.refresh(), nextFrame()]); // as fast as it can, and no faster than it is seen
    }
  }

  pause() {
    this.playing = null;
    this.controls.play.textContent = "play";
  }

  goto(frame) {
    this.frame = frame;
    this.state.drives = true;
    this.controls.showFrame(Math.floor(frame));
    if (!this.playing) this.refresh();
  }

  // let go, and leave the driver
  reset() {
    this.pause();
    this.state.reset();
    this.state.drives = false;
    this.frame = 0;
    this.controls.showFrame(0);
    this.refresh();
  }

  // pictures of another side; the model for it is fetched when it is first asked for
  async resize(size) {
    this.wanted = size;
    this.say(`Fetching the model for ${size} px ...`);
    try {
      await this.ask("open", { side: size });
      if (this.wanted !== size) return; // another was asked for meanwhile
      this.size = size;
      await this.show(this.drawn);
      this.say("");
    } catch (error) {
      this.controls.pressSize(this.size);
      this.say(`There is no model for ${size} px: ${error.message}`);
    }
  }

  choose(file) {
    this.say("");
    const url = (size) => new URL(`${file}-${size}.png`, import.meta.url).href;
    return this.show(async (size) => squared(await loaded(url(size)), [0, 0, size], size));
  }

  // an own picture: the image, once it can be read, or null
  async own(file) {
    const url = URL.createObjectURL(file);
    try {
      const image = new Image();
      await new Promise((done, fail) => Object.assign(image, { onload: done, onerror: fail, src: url }));
      const { naturalWidth: width, naturalHeight: height } = image;
      if (!width || !height) throw new Error("no pixels");
      if (width * height > LARGEST) {
        this.say(`${file.name} has ${width} x ${height} pixels; choose one of at most ${LARGEST / 1e6} million.`);
        return null;
      }
      this.say("");
      return await createImageBitmap(image);
    } catch {
      this.say(`${file.name} is no picture that this browser can read: choose a PNG, JPEG or WebP.`);
      return null;
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  crop(image, cut) {
    return this.show(async (size) => squared(image, part(image.width, image.height, cut), size));
  }

  // a film of the canvas, handles too unless they are switched off; asked again, it ends and is shown
  async record() {
    if (!this.film) {
      this.film = record(this.stage.querySelector("canvas"), () => this.record());
      this.controls.recording(true);
      return;
    }
    const end = this.film;
    this.film = null;
    this.controls.recording(false);
    try {
      this.controls.save(await end());
    } catch (error) {
      this.say(`No film: ${error.message}`);
    }
  }

  async open() {
    const [first] = this.controls.sources;
    this.controls.press(this.controls.sources, first);
    await this.choose(this.told.sources[0].file);
    this.root.replaceChildren(this.stage, this.controls.panel);
    this.root.classList.add("puppet-live");
  }
}

async function start(root) {
  const told = element("p", { class: "puppet-told" });
  try {
    if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly");
    const ask = engine();
    const data = await fetch(new URL("./puppet.json", import.meta.url)).then((response) => response.json());
    await ask("open", { side: data.sizes[0] });
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
