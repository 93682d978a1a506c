// From the model's numbers to pictures, as fomm_lite.media.draw and the course's panels draw them.
//
// A picture is planes of float32 in [0, 1]: all reds, all greens, all blues, each a square row by row.

const BACKGROUND = [0.35, 0.35, 0.35];
const STRENGTH = 0.7; // of the masks' colours over the picture
const FARTHEST = 0.5; // normalised units: flow of full strength

// pixels of a canvas (RGBA bytes) as a picture
export function planes(rgba) {
  const pixels = rgba.length / 4;
  return Float32Array.from({ length: 3 * pixels }, (_, at) => rgba[4 * (at % pixels) + Math.floor(at / pixels)] / 255);
}

// a picture as a BMP file, which every browser shows and whose bytes are what they are
export function bitmap(picture) {
  const side = Math.sqrt(picture.length / 3);
  const row = Math.ceil((3 * side) / 4) * 4;
  const bytes = new Uint8Array(54 + row * side);
  const head = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]); // "BM"
  for (const [at, value] of [[2, bytes.length], [10, 54], [14, 40], [18, side], [22, -side], [34, row * side]]) {
    head.setInt32(at, value, true); // a negative height: rows from the top
  }
  head.setInt16(26, 1, true);
  head.setInt16(28, 24, true);
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0, to = 54 + row * y; x < side; x++, at++) {
      for (let part = 2; part >= 0; part--) {
        bytes[to++] = Math.round(255 * Math.min(1, Math.max(0, picture[part * side * side + at])));
      }
    }
  }
  return bytes;
}

// square maps, bilinearly, corner pixels on corner pixels
export function resized(maps, from, to) {
  const count = maps.length / from ** 2;
  const out = new Float32Array(count * to ** 2);
  const places = Array.from({ length: to }, (_, at) => {
    const place = (at * (from - 1)) / (to - 1);
    const low = Math.min(Math.floor(place), from - 2);
    return [low, place - low];
  });
  for (let map = 0, at = 0; map < count; map++) {
    for (const [y, down] of places) {
      for (const [x, right] of places) {
        const first = map * from ** 2 + y * from + x;
        const above = maps[first] * (1 - right) + maps[first + 1] * right;
        const below = maps[first + from] * (1 - right) + maps[first + from + 1] * right;
        out[at++] = above * (1 - down) + below * down;
      }
    }
  }
  return out;
}

// masks (background and keypoints) in their colours over the grey picture; colours as "#rrggbb"
export function maskPicture(picture, masks, colours) {
  const small = Math.sqrt(masks.length / (colours.length + 1));
  const inks = [BACKGROUND, ...colours.map((code) => [1, 3, 5].map((at) => parseInt(code.slice(at, at + 2), 16) / 255))];
  const painted = new Float32Array(3 * small ** 2);
  inks.forEach((ink, n) => {
    for (let at = 0; at < small ** 2; at++) {
      for (let part = 0; part < 3; part++) painted[part * small ** 2 + at] += ink[part] * masks[n * small ** 2 + at];
    }
  });
  const pixels = picture.length / 3;
  return resized(painted, small, Math.sqrt(pixels)).map((value, at) => {
    const here = at % pixels;
    const grey = (picture[here] + picture[here + pixels] + picture[here + 2 * pixels]) / 3;
    return STRENGTH * value + (1 - STRENGTH) * grey;
  });
}

// the deformation (x, y of each place, as the model gives it) as flow: the hue says whither a place looks, the strength how far
export function flowPicture(deformation, side) {
  const small = Math.sqrt(deformation.length / 2);
  const grid = [0, 1].map((axis) => deformation.filter((_, at) => at % 2 === axis));
  const [right, down] = grid.map((map) => resized(map, small, side));
  const out = new Float32Array(3 * side ** 2);
  for (let at = 0; at < side ** 2; at++) {
    const x = right[at] - ((2 * (at % side)) / (side - 1) - 1);
    const y = down[at] - ((2 * Math.floor(at / side)) / (side - 1) - 1);
    const strength = Math.min(1, Math.hypot(x, y) / FARTHEST);
    for (let part = 0; part < 3; part++) {
      const hue = 0.5 + 0.5 * Math.cos(Math.atan2(y, x) - (2 * Math.PI * part) / 3);
      out[part * side ** 2 + at] = 1 - strength * (1 - hue);
    }
  }
  return out;
}

// a map of one value a place as a grey picture: of the occlusion map white is kept, black painted anew
export function greyPicture(map, side) {
  const grey = resized(map, Math.sqrt(map.length), side);
  return Float32Array.from({ length: 3 * side ** 2 }, (_, at) => grey[at % side ** 2]);
}
