// 2 x 2 matrices and the transfer of motion (Eqs. 5, 14-15), number for number what fomm_lite.transfer computes.
//
// Matrices are [a, b, c, d], row by row. Keypoints are { positions: [[x, y], ...], jacobians: [[a, b, c, d], ...] }.

const EPSILON = 2 ** -23; // of float32, in which Python decides what is singular

export const IDENTITY = [1, 0, 0, 1];

export const determinant = ([a, b, c, d]) => a * d - b * c;

export const product = ([a, b, c, d], [p, q, r, s]) => [a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s];

// where a determinant is zero, or so small that it is the rounding of its two products and says nothing
export function isSingular([a, b, c, d]) {
  return Math.abs(a * d - b * c) <= EPSILON * (Math.abs(a * d) + Math.abs(b * c));
}

// by the adjugate; zeros for a singular one
export function inverse(matrix) {
  if (isSingular(matrix)) return [0, 0, 0, 0];
  const [a, b, c, d] = matrix;
  const area = determinant(matrix);
  return [d / area, -b / area, -c / area, a / area];
}

// J = A B^-1; where B is singular, small steps are taken as they are
export const relativeJacobian = (a, b) => (isSingular(b) ? [...IDENTITY] : product(a, inverse(b)));

// area of the convex hull (Andrew's monotone chain)
export function hullArea(points) {
  const ordered = [...points].sort((p, q) => p[0] - q[0] || p[1] - q[1]);
  const hull = [];
  for (const chain of [ordered, [...ordered].reverse()]) {
    const start = hull.length;
    for (const point of chain) {
      while (hull.length - start >= 2 && turn(hull.at(-2), hull.at(-1), point) <= 0) hull.pop();
      hull.push(point);
    }
    hull.pop(); // the last point of one chain starts the other
  }
  const twice = hull.reduce((sum, p, at) => {
    const q = hull[(at + 1) % hull.length];
    return sum + p[0] * q[1] - q[0] * p[1];
  }, 0);
  return Math.abs(twice) / 2;
}

const turn = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

// how much larger the source is than the driver; 1 where a hull has no area
export function movementScale(source, initial) {
  const [a, b] = [hullArea(source.positions), hullArea(initial.positions)];
  return Math.min(a, b) > 1e-8 ? Math.sqrt(a / b) : 1;
}

// where the source is moved to: relative, s + m (d_t - d_0) and B_t B_0^-1 A; absolute, the driver's keypoints
export function transfer(source, driving, initial, { relative = true, adaptScale = false } = {}) {
  if (!relative) return driving;
  const scale = adaptScale ? movementScale(source, initial) : 1;
  return {
    positions: source.positions.map((s, k) =>
      s.map((value, axis) => value + scale * (driving.positions[k][axis] - initial.positions[k][axis])),
    ),
    jacobians: source.jacobians.map((a, k) => product(relativeJacobian(driving.jacobians[k], initial.jacobians[k]), a)),
  };
}
