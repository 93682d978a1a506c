// The model, in a worker, so that the page scrolls while it computes: ONNX Runtime on one thread of WebAssembly.
//
// Asked { id, kind, ... }, it answers { id, ... } or { id, error }. Nothing is sent anywhere: weights and runtime come from
// the folder beside this file.

import * as ort from "./runtime/ort.wasm.min.mjs";

const GRAPHS = ["detector", "encoder", "renderer"];
ort.env.wasm.numThreads = 1; // more would need headers that plain servers do not send
ort.env.wasm.wasmPaths = new URL("./runtime/", import.meta.url).href;
ort.env.logLevel = "error";

let sessions = null;
let source = null; // what the renderer is fed with for the present source

const tensor = (values, shape) => new ort.Tensor("float32", Float32Array.from(values), shape);
const square = (picture) => tensor(picture, [1, 3, Math.sqrt(picture.length / 3), Math.sqrt(picture.length / 3)]);

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
  const { positions, jacobians } = await sessions.detector.run({ images: square(picture) });
  return { positions: pieces(positions.data, 2), jacobians: pieces(jacobians.data, 4) };
}

const answers = {
  async open() {
    const bytes = await Promise.all(
      GRAPHS.map(async (name) => {
        const response = await fetch(new URL(`./weights/${name}.onnx`, import.meta.url));
        if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
        return new Uint8Array(await response.arrayBuffer());
      }),
    );
    sessions = {};
    for (const [at, name] of GRAPHS.entries()) {
      sessions[name] = await ort.InferenceSession.create(bytes[at], { executionProviders: ["wasm"] });
    }
    return {};
  },

  async detect({ picture }) {
    return { keypoints: await detect(picture) };
  },

  // a new source: encoded once
  async encode({ picture }) {
    const [image, keypoints] = [square(picture), await detect(picture)];
    source = { source: image, ...fed("source", keypoints), ...(await sessions.encoder.run({ source: image })) };
    return { keypoints };
  },

  async render({ keypoints }) {
    const begin = performance.now();
    const made = await sessions.renderer.run({ ...source, ...fed("driving", keypoints) });
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
