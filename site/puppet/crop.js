// The square of an own picture that becomes the source: moved by dragging it, or by sliders.

// left, top and side of the square: as large as the picture allows, divided by zoom; across and down run from 0 to 1
export function part(width, height, { across, down, zoom }) {
  const side = Math.min(width, height) / zoom;
  return [(width - side) * across, (height - side) * down, side];
}

// a drag of so many shares of the square's side, as across and down: the picture follows the hand
export function dragged(width, height, cut, right, below) {
  const side = part(width, height, cut)[2];
  const moved = (value, length, by) => (length > side ? Math.min(1, Math.max(0, value - (by * side) / (length - side))) : value);
  return { ...cut, across: moved(cut.across, width, right), down: moved(cut.down, height, below) };
}
