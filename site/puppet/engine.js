// The model, in a worker, so that the page scrolls while it computes: ONNX Runtime on one thread of WebAssembly.
//
// Asked { id, kind, ... }, it answers { id, ... } or { id, error }. Nothing is sent anywhere: weights and runtime come from
// the folder beside this file.

import * as ort from "./runtime/ort.wasm.min.mjs";

const GRAPHS = ["detector", "encoder", "renderer"];
ort.env.wasm.numThreads = 1; // more would need headers that plain servers do not send
ort.env.wasm.wasmPaths = new URL("./runtime/", import.meta.url).href;
ort.env.logLevel = "error";

const opened = new Map(); // side of the pictures -> a promise of its sessions by name
let source = null; // the present one: what computes it, and what that is fed with

const tensor = (values, shape) => new ort.Tensor("float32", Float32Array.from(values), shape);
const sideOf = (picture) => Math.sqrt(picture.length / 3);
const square = (picture) => tensor(picture, [1, 3, sideOf(picture), sideOf(picture)]);

function fed(whose, { positions, jacobians }) {
  return {
    [`${whose}_positions`]: tensor(positions.flat(), [1, positions.length, 2]),
    [`${whose}_jacobians`]: tensor(jacobians.flat(), [1, jacobians.length, 2, 2]),
  };
}

function pieces(values, length) {
  return Array.from({ length: values.length / length }, (_, k) => Array.from(values.subarray(length * k, length * (k + 1))));
}

async function detect(picture) {
  const { detector } = await opened.get(sideOf(picture));
  const { positions, jacobians } = await detector.run({ images: square(picture) });
  return { positions: pieces(positions.data, 2), jacobians: pieces(jacobians.data, 4) };
}

async function session(name, side) {
  const response = await fetch(new URL(`./weights/${side}/${name}.onnx`, import.meta.url));
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
}

// side by side: the runtime is fetched and compiled with the first, smallest graph while the others arrive
async function open(side) {
  const made = await Promise.all(GRAPHS.map((name) => session(name, side)));
  return Object.fromEntries(GRAPHS.map((name, at) => [name, made[at]]));
}

const answers = {
  // before a picture of this side is asked about
  async open({ side }) {
    if (!opened.has(side)) opened.set(side, open(side));
    try {
      await opened.get(side);
    } catch (error) {
      opened.delete(side); // to be tried again
      throw error;
    }
    return {};
  },

  async detect({ picture }) {
    const begin = performance.now();
    const keypoints = await detect(picture);
    return { keypoints, milliseconds: performance.now() - begin };
  },

  // a new source: encoded once
  async encode({ picture }) {
    const { encoder, renderer } = await opened.get(sideOf(picture));
    const [image, keypoints] = [square(picture), await detect(picture)];
    source = { renderer, fed: { source: image, ...fed("source", keypoints), ...(await encoder.run({ source: image })) } };
    return { keypoints };
  },

  async render({ keypoints }) {
    const begin = performance.now();
    const made = await source.renderer.run({ ...source.fed, ...fed("driving", keypoints) });
    const milliseconds = performance.now() - begin;
    return { milliseconds, ...Object.fromEntries(Object.entries(made).map(([name, { data }]) => [name, data])) };
  },
};

self.onmessage = async ({ data: { id, kind, ...given } }) => {
  try {
    self.postMessage({ id, ...(await answers[kind](given)) });
  } catch (error) {
    self.postMessage({ id, error: String(error?.message ?? error) });
  }
};
