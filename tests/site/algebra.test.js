// The browser's half of the puppet against numbers that Python wrote: run by test_scripts.py, which names their file.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as algebra from "../../site/puppet/algebra.js";
import { dragged, part } from "../../site/puppet/crop.js";
import * as pictures from "../../site/puppet/pictures.js";
import { PuppetState } from "../../site/puppet/state.js";

const told = JSON.parse(readFileSync(process.env.NUMBERS, "utf8"));

function close(found, wanted, within = 1e-4) {
  const [a, b] = [found, wanted].map((each) => Array.from(each).flat(Infinity));
  assert.equal(a.length, b.length);
  a.forEach((value, at) => assert.ok(Math.abs(value - b[at]) <= within, `${at}: ${value} is not ${b[at]}`));
}

function same(found, wanted) {
  close(found.positions, wanted.positions);
  close(found.jacobians, wanted.jacobians);
}

test("matrices: products, inverses, what is singular", () => {
  for (const { a, b, ab, inverse, singular, relative } of told.matrices) {
    close(algebra.product(a, b), ab);
    close(algebra.inverse(b), inverse, 1e-3 * Math.max(1, ...inverse.map(Math.abs)));
    assert.equal(algebra.isSingular(b), singular);
    close(algebra.relativeJacobian(a, b), relative, 1e-3 * Math.max(1, ...relative.map(Math.abs)));
  }
});

test("hulls", () => {
  for (const { points, area } of told.hulls) close([algebra.hullArea(points)], [area]);
});

test("transfer: absolute, relative, with the source's scale, from a singular driver", () => {
  for (const { source, driving, initial, relative, adaptScale, moved } of told.transfers) {
    same(algebra.transfer(source, driving, initial, { relative, adaptScale }), moved);
  }
});

test("a hand's doings lead to Python's pose", () => {
  for (const { source, driver, drives, steps } of told.poses) {
    const state = new PuppetState(source, driver);
    state.drives = drives;
    assert.deepEqual(state.handedness(), told.handedness);
    for (const { k, point, frame, points } of steps) {
      state.take(k, point, frame);
      close(state.points(frame), points);
    }
    state.reset();
    same(state.pose(0), state.base(0));
  }
});

test("what is no keypoint and no number is refused", () => {
  const { source } = told.poses[0];
  const state = new PuppetState(source);
  for (const [k, point] of [[99, [0, 0, 1, 0, 0, 1]], [0, [0, 0]], [0, [0, NaN, 1, 0, 0, 1]]]) {
    assert.throws(() => state.take(k, point, 0), RangeError);
  }
});

test("a camera drives from its first pose on", () => {
  const { source, driver } = told.poses[0];
  const state = new PuppetState(source, []);
  state.see(driver[0]);
  same(state.base(0), source);
  state.see(driver[1]);
  same(state.base(0), algebra.transfer(source, driver[1], driver[0]));
});

test("between two of the driver's frames lies the mean of their keypoints, and after the last comes the first", () => {
  const { source, driver } = told.poses[0];
  const state = new PuppetState(source, driver.slice(0, 2));
  same(state.driving(1), driver[1]);
  for (const frame of [0.25, 1.75]) {
    for (const name of ["positions", "jacobians"]) {
      const mean = driver[0][name].map((row, k) => row.map((value, at) => 0.75 * value + 0.25 * driver[1][name][k][at]));
      close(state.driving(frame)[name], mean);
    }
  }
});

test("a crop is a square inside the picture, and follows the hand until it meets the border", () => {
  const middle = { across: 0.5, down: 0.5, zoom: 1 };
  assert.deepEqual(part(300, 200, middle), [50, 0, 200]);
  assert.deepEqual(part(300, 200, { across: 1, down: 0, zoom: 2 }), [200, 0, 100]);
  close(part(300, 200, dragged(300, 200, middle, 0.1, 0.5)), [30, 0, 200]); // 0.1 of 200 pixels; no room downwards
  close(part(300, 200, dragged(300, 200, middle, -9, 0)), [100, 0, 200]);
});

test("the keypoint to take hold of first", () => {
  const state = new PuppetState(told.poses[0].source);
  assert.equal(state.busiest(Float32Array.from(told.pictures.masks)), told.busiest);
});

test("masks, flow and occlusion map are drawn as in the notebooks", () => {
  const { size, prediction, masks, deformation, occlusion, colours, drawn } = told.pictures;
  const [picture, maps, grid, map] = [prediction, masks, deformation, occlusion].map((each) => Float32Array.from(each));
  close(pictures.maskPicture(picture, maps, colours), drawn.masks, 1e-4);
  close(pictures.flowPicture(grid, size), drawn.flow, 1e-3);
  close(pictures.greyPicture(map, size), drawn.occlusion, 1e-4);
});

test("a bitmap holds the picture's bytes, and a canvas's bytes become the picture", () => {
  const side = 3; // rows are padded to four bytes
  const picture = Float32Array.from({ length: 3 * side * side }, (_, at) => at / 27);
  const bytes = pictures.bitmap(picture);
  const head = new DataView(bytes.buffer);
  assert.deepEqual([head.getInt32(2, true), head.getInt32(18, true), head.getInt32(22, true)], [bytes.length, 3, -3]);
  assert.deepEqual([...bytes.subarray(54, 57)], [18, 9, 0].map((at) => Math.round((255 * at) / 27)));
  assert.deepEqual([...bytes.subarray(66, 69)], [21, 12, 3].map((at) => Math.round((255 * at) / 27)));
  close(pictures.planes(Uint8ClampedArray.from([255, 0, 51, 255, 0, 255, 102, 255])), [1, 0, 0, 1, 0.2, 0.4]);
});
