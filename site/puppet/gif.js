// A GIF, written in a worker while it is recorded: asked { rgba, side, delay } for each picture, then { end: true }.

import { GIFEncoder, applyPalette, quantize } from "./runtime/gifenc.esm.js";

let gif = GIFEncoder();

self.onmessage = ({ data: { rgba, side, delay, end } }) => {
  if (end) {
    gif.finish();
    const bytes = gif.bytes();
    gif = GIFEncoder();
    self.postMessage(bytes, [bytes.buffer]);
    return;
  }
  const palette = quantize(rgba, 256);
  gif.writeFrame(applyPalette(rgba, palette), side, side, { palette, delay });
};
