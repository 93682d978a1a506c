// The pose of the puppet: a driver's pose, and what a hand changed in it; fomm_lite/course/live_puppet/state.py in the
// browser. No page and no network here.

import { IDENTITY, determinant, inverse, product, transfer } from "./algebra.js";

const LEAST_AREA = 0.05; // a driving jacobian is inverted: it may not squash the plane flat
const SHAKE = 0.12; // normalised units
const WELL_INSIDE = 0.8; // normalised units: a hand finds what is there

const clamp = (value) => Math.min(1, Math.max(-1, value));

// keypoints on the way from some to others, all of the way at 1
function between(some, others, share) {
  const mixed = (name) =>
    some[name].map((row, k) => row.map((value, at) => value + share * (others[name][k][at] - value)));
  return { positions: mixed("positions"), jacobians: mixed("jacobians") };
}

export class PuppetState {
  // source: its keypoints; driver: the keypoints of each of a driver's frames, the first of which is the initial one
  constructor(source, driver = []) {
    this.source = source;
    this.driver = driver;
    this.drives = false;
    this.camera = null; // { initial, now }
    this.reset();
  }

  // let go: the pose is the driver's
  reset() {
    this.moved = this.source.positions.map(() => [0, 0]);
    this.turned = this.source.positions.map(() => [...IDENTITY]);
  }

  // what a hand did to another state
  follow({ moved, turned }) {
    Object.assign(this, { moved, turned });
  }

  // move every keypoint a little
  shake(random = Math.random) {
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    this.moved = this.moved.map(() => [SHAKE * normal(), SHAKE * normal()]);
  }

  // the driver's keypoints at a frame, or on the way from one to the next; the first follows the last
  driving(frame) {
    const [at, share] = [Math.floor(frame), frame % 1];
    return share ? between(this.driver[at], this.driver[(at + 1) % this.driver.length], share) : this.driver[at];
  }

  // the camera's pose while there is one, the driver's while it drives, else the source's own
  base(frame) {
    if (this.camera) return transfer(this.source, this.camera.now, this.camera.initial);
    return this.drives ? transfer(this.source, this.driving(frame), this.driver[0]) : this.source;
  }

  see(keypoints) {
    this.camera = { initial: this.camera?.initial ?? keypoints, now: keypoints };
  }

  pose(frame) {
    const base = this.base(frame);
    return {
      positions: base.positions.map((p, k) => p.map((value, axis) => clamp(value + this.moved[k][axis]))),
      jacobians: base.jacobians.map((jacobian, k) => product(this.turned[k], jacobian)),
    };
  }

  // as the canvas wants them: x, y and the jacobian's entries, row by row
  points(frame) {
    const pose = this.pose(frame);
    return pose.positions.map((position, k) => [...position, ...pose.jacobians[k]]);
  }

  // put a keypoint where a hand wants it; a jacobian that would squash the plane flat is left as it was
  take(k, point, frame) {
    if (!(k in this.moved) || point.length !== 6 || !point.every(Number.isFinite)) {
      throw new RangeError(`got keypoint ${k} and ${point.length} numbers; expected 6 finite ones`);
    }
    const base = this.base(frame);
    this.moved[k] = [0, 1].map((axis) => clamp(point[axis]) - base.positions[k][axis]);
    const wanted = point.slice(2);
    if (Math.abs(determinant(wanted)) >= LEAST_AREA * Math.abs(determinant(base.jacobians[k]))) {
      this.turned[k] = product(wanted, inverse(base.jacobians[k]));
    }
  }

  handedness() {
    return this.source.jacobians.map((jacobian) => (determinant(jacobian) >= 0 ? 1 : -1));
  }

  // the keypoint to take hold of first: of those well inside, the one whose mask covers most; masks of background and all
  busiest(masks) {
    const pixels = masks.length / (this.source.positions.length + 1);
    const rank = this.source.positions.map((position, k) => {
      const own = masks.subarray((k + 1) * pixels, (k + 2) * pixels);
      const inside = Math.max(...position.map(Math.abs)) < WELL_INSIDE;
      return own.reduce((sum, value) => sum + value, 0) / pixels + inside;
    });
    return rank.indexOf(Math.max(...rank));
  }
}
