// The live puppet's canvas: a picture, a dot for each keypoint, two handles for the jacobian of the chosen one.
//
// One request is under way at a time, however long it takes. What is dragged meanwhile replaces what was waiting, so old
// events are dropped rather than queued, and the picture is never more than one behind the pointer. What the hand holds
// stays where the hand is; everything else stands where the kernel says. No key that is pressed here reaches the page
// around it: in a notebook, letters cut, delete and insert cells.

const ARM = 0.28; // length of a jacobian's column on the canvas, in normalised units
const REACH = 14; // pixels around a handle that take hold of it
const FINGER = 24; // the same for a finger
const INSIDE = 0.95; // ends of arms stay inside this, in normalised units
const PROBE = 2000; // milliseconds between two looks whether the kernel is still there while it owes an answer
const STEP = 0.03; // of an arrow key, in normalised units
const HELP =
  "Drag a dot to move a keypoint, the ends of its two bars to turn and stretch what is around it. " +
  "Keys: N next, arrows move, comma and full stop turn, plus and minus stretch.";
const GONE = "The kernel has ended. Run this cell again.";

function render({ model, el }) {
  const side = model.get("side");
  const canvas = document.createElement("canvas");
  canvas.className = "fomm-lite-puppet";
  canvas.width = canvas.height = side;
  canvas.dataset.keypoints = model.get("points").length;
  canvas.tabIndex = 0;
  el.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab's own word for: these keys are not yours
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", `Puppet. ${HELP}`);
  Object.assign(canvas.style, { maxWidth: "100%", cursor: "grab", border: "1px solid #808080" });
  el.appendChild(canvas);
  const status = document.createElement("div");
  status.setAttribute("role", "status");
  status.className = "fomm-lite-puppet-status";
  el.appendChild(status);
  const hint = document.createElement("div");
  hint.textContent = HELP;
  Object.assign(hint.style, { maxWidth: `${side}px`, fontSize: "85%", color: "var(--jp-ui-font-color2, #606060)" });
  el.appendChild(hint);
  const pen = canvas.getContext("2d");
  let picture = new Image(); // the last that has arrived: while the next one loads, it stays
  let points = copy(model.get("points"));
  let held = null; // { k, part: 0 dot, 1 or 2 a column, pointer: whose it is, share: of the arm that is drawn }
  let chosen = model.get("chosen");
  let underWay = null; // { k, sequence }
  let gone = false;
  const waiting = new Map(); // keypoint -> where it is wanted
  let sequence = Math.floor(Math.random() * 2 ** 40); // two views of one puppet do not take each other's answers
  let url = null;

  const across = (x) => ((x + 1) / 2) * (side - 1);
  const back = (pixel) => (pixel / (side - 1)) * 2 - 1;
  // how much of an arm is drawn: all of it, or what fits; one that would leave at once is drawn backwards
  const share = (point, part) => {
    if (part === 0) return 1;
    const step = [ARM * point[1 + part], ARM * point[3 + part]];
    const fits = (sign) =>
      Math.min(1, ...[0, 1].map((axis) => {
        const room = INSIDE - sign * Math.sign(step[axis]) * point[axis];
        return step[axis] ? Math.max(0, room / Math.abs(step[axis])) : 1;
      }));
    const [on, off] = [fits(1), fits(-1)];
    return on >= 0.3 || on >= off ? on : -off;
  };
  const place = (point, part) => {
    const part_of = share(point, part) * ARM;
    if (part === 0) return [across(point[0]), across(point[1])];
    return [across(point[0] + part_of * point[1 + part]), across(point[1] + part_of * point[3 + part])];
  };
  const mirrored = (k) => {
    const [, , a, b, c, d] = points[k];
    return (a * d - b * c) * (model.get("handedness")?.[k] ?? 1) < 0;
  };

  function draw() {
    pen.clearRect(0, 0, side, side);
    if (picture.complete && picture.naturalWidth) pen.drawImage(picture, 0, 0, side, side);
    if (model.get("handles")) drawHandles();
    tell();
  }

  function drawHandles() {
    canvas.dataset.chosenAt = JSON.stringify(place(points[chosen], 0)); // for whoever drives the page
    canvas.dataset.endsAt = JSON.stringify([1, 2].map((part) => place(points[chosen], part)));
    const last = points.map((_, k) => k).sort((a, b) => (a === chosen) - (b === chosen)); // the chosen one on top
    last.forEach((k) => {
      const point = points[k];
      const colour = model.get("colours")[k];
      const [x, y] = place(point, 0);
      for (const part of k === chosen ? [2, 1] : []) {
        const [hx, hy] = place(point, part);
        const ink = part === 1 ? colour : pale(colour); // as in the figures: a step right full, a step down pale
        pen.setLineDash(share(point, part) < 1 ? [6, 4] : []); // an arm that is not drawn as long as it is
        stroke(x, y, hx, hy, "#000000", 5);
        stroke(x, y, hx, hy, ink, 3);
        pen.setLineDash([]);
        dot(hx, hy, 5, ink);
      }
      dot(x, y, k === chosen ? 9 : 7, colour);
      if (k === chosen) name(String(k + 1), x, y);
    });
  }

  function name(text, x, y) {
    const left = x > side - 32;
    pen.font = "bold 15px sans-serif";
    pen.textAlign = left ? "right" : "left";
    const place_of = [x + (left ? -14 : 14), clampTo(y - 12, 14, side - 4)];
    pen.lineWidth = 4;
    pen.strokeStyle = "#000000";
    pen.strokeText(text, ...place_of);
    pen.fillStyle = "#ffffff";
    pen.fillText(text, ...place_of);
  }

  // what is said below the picture; that the kernel is gone stands on the picture too
  function tell() {
    const said = gone
      ? GONE
      : `Keypoint ${chosen + 1} is chosen.` + (mirrored(chosen) ? " Its bars are crossed: what it holds is mirrored." : "");
    if (status.textContent !== said) status.textContent = said;
    if (!gone) return;
    pen.fillStyle = "rgba(0, 0, 0, 0.75)";
    pen.fillRect(0, side / 2 - 24, side, 48);
    pen.fillStyle = "#ffffff";
    pen.font = "bold 16px sans-serif";
    pen.textAlign = "center";
    pen.fillText(GONE, side / 2, side / 2 + 6, side - 16);
  }

  function stroke(x0, y0, x1, y1, colour, width) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
    pen.stroke();
  }

  function dot(x, y, radius, colour) {
    for (const [size, ink] of [[radius + 2, "#000000"], [radius + 1, "#ffffff"], [radius, colour]]) {
      pen.fillStyle = ink;
      pen.beginPath();
      pen.arc(x, y, size, 0, 2 * Math.PI);
      pen.fill();
    }
  }

  function pointer(event) {
    const box = canvas.getBoundingClientRect();
    const scale = side / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  }

  function nearest(x, y, reach) {
    let best = null;
    let least = reach * reach;
    points.forEach((point, k) => {
      for (const part of k === chosen ? [0, 1, 2] : [0]) {
        const [px, py] = place(point, part);
        const distance = (px - x) ** 2 + (py - y) ** 2;
        if (distance < least) {
          least = distance;
          best = { k, part, share: share(point, part) };
        }
      }
    });
    return best;
  }

  function send(k) {
    waiting.set(k, [...points[k]]);
    draw();
    flush();
  }

  function flush() {
    if (!waiting.size || underWay) return;
    const [k, point] = waiting.entries().next().value;
    waiting.delete(k);
    underWay = { k, sequence: ++sequence };
    post({ kind: "drag", k, point, sequence });
  }

  function post(message) {
    try {
      model.send(message);
    } catch (error) {
      lost();
    }
  }

  function lost() {
    gone = true;
    held = null;
    draw();
  }

  // a kernel that works says nothing, and one that is gone says nothing either: writing to the latter fails
  const probe = setInterval(() => {
    if (underWay && !gone) post({ kind: "there?" });
  }, PROBE);

  function adopt() {
    const busy = new Set(waiting.keys()); // under the hand, or on its way to the kernel
    if (held) busy.add(held.k);
    if (underWay) busy.add(underWay.k);
    points = copy(model.get("points")).map((point, k) => (busy.has(k) ? points[k] : point));
    draw();
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || held || gone) return; // the right button, a second finger
    canvas.focus({ preventScroll: true });
    held = model.get("handles") ? nearest(...pointer(event), event.pointerType === "touch" ? FINGER : REACH) : null;
    if (!held) return;
    held.pointer = event.pointerId;
    chosen = held.k;
    canvas.setPointerCapture(event.pointerId);
    canvas.style.cursor = "grabbing";
    event.preventDefault();
    draw();
  });
  // a finger on a dot drags it, a finger beside the dots scrolls the page
  canvas.addEventListener("touchstart", (event) => held && event.preventDefault(), { passive: false });
  canvas.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    event.stopPropagation();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!held || event.pointerId !== held.pointer) return;
    const [x, y] = pointer(event);
    const point = points[held.k];
    if (held.part === 0) {
      point[0] = clamp(back(x), 1);
      point[1] = clamp(back(y), 1);
    } else {
      point[1 + held.part] = clamp((back(x) - point[0]) / (ARM * held.share), 4);
      point[3 + held.part] = clamp((back(y) - point[1]) / (ARM * held.share), 4);
    }
    send(held.k);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      if (!held || event.pointerId !== held.pointer) return;
      held = null;
      canvas.style.cursor = "grab";
      adopt();
    });
  }

  for (const kind of ["keydown", "keypress", "keyup"]) el.addEventListener(kind, (event) => event.stopPropagation());
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key === "s") event.preventDefault(); // else the browser offers to save the page
      return;
    }
    if (gone) return;
    const point = points[chosen];
    const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
    if (event.key === "n" || event.key === "N") {
      chosen = (chosen + (event.key === "n" ? 1 : points.length - 1)) % points.length;
      draw();
    } else if (event.key in moves) {
      point[0] = clamp(point[0] + moves[event.key][0], 1);
      point[1] = clamp(point[1] + moves[event.key][1], 1);
      send(chosen);
    } else if (event.key === "," || event.key === ".") {
      const angle = event.key === "." ? 0.1 : -0.1;
      multiply(point, Math.cos(angle), -Math.sin(angle), Math.sin(angle), Math.cos(angle));
      send(chosen);
    } else if (event.key === "+" || event.key === "-") {
      const factor = event.key === "+" ? 1.1 : 1 / 1.1;
      multiply(point, factor, 0, 0, factor);
      send(chosen);
    } else {
      return;
    }
    event.preventDefault();
  });

  model.on("change:picture", () => {
    const bytes = model.get("picture");
    const old = url;
    url = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
    const next = new Image();
    next.onload = () => {
      picture = next;
      if (old) URL.revokeObjectURL(old);
      canvas.dataset.shown = String(Number(canvas.dataset.shown || 0) + 1);
      draw();
    };
    next.src = url;
  });
  model.on("change:answered", () => {
    if (model.get("answered") === underWay?.sequence) underWay = null;
    flush();
    adopt();
  });
  model.on("change:points", adopt);
  model.on("change:handles", draw);
  model.on("comm_live_update", () => setTimeout(() => post({ kind: "there?" }), 500)); // started anew, or connected again
  const stopCamera = camera(model, el);
  if (model.get("picture")) {
    url = URL.createObjectURL(new Blob([model.get("picture")], { type: "image/jpeg" }));
    picture.onload = draw;
    picture.src = url;
  }
  draw();
  return () => {
    clearInterval(probe);
    stopCamera();
    if (url) URL.revokeObjectURL(url);
  };
}

// The webcam as a driver: small square frames, one under way at a time; nothing leaves the machine that runs the kernel.
function camera(model, el) {
  const video = document.createElement("video");
  const still = document.createElement("canvas");
  let stream = null;
  let busy = false;
  let timer = null;
  video.className = "fomm-lite-puppet-camera";
  // as in a mirror, which is what people know of themselves; the kernel sees the same
  Object.assign(video.style, { display: "none", width: "96px", height: "96px", objectFit: "cover", transform: "scaleX(-1)" });
  video.setAttribute("aria-label", "What the camera sees, mirrored");
  el.appendChild(video);
  video.muted = true;
  video.playsInline = true;

  function grab() {
    if (!stream || video.readyState < 2 || busy) return;
    const size = model.get("camera_size");
    const short = Math.min(video.videoWidth, video.videoHeight);
    still.width = still.height = size;
    const pen = still.getContext("2d", { willReadFrequently: true });
    pen.setTransform(-1, 0, 0, 1, size, 0);
    pen.drawImage(
      video, (video.videoWidth - short) / 2, (video.videoHeight - short) / 2, short, short, 0, 0, size, size,
    );
    busy = true;
    model.send({ kind: "camera", size }, undefined, [pen.getImageData(0, 0, size, size).data.buffer]);
  }

  function stop() {
    clearInterval(timer);
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    video.style.display = "none";
  }

  async function follow() {
    stop();
    busy = false;
    if (!model.get("camera")) return;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 } });
      video.srcObject = stream;
      video.style.display = "block";
      await video.play();
      timer = setInterval(grab, 50);
    } catch (error) {
      model.send({ kind: "camera_refused", why: String(error) });
    }
  }

  model.on("change:camera", follow);
  model.on("change:camera_answered", () => {
    busy = false;
  });
  return stop;
}

const clampTo = (value, low, high) => Math.min(high, Math.max(low, value));
const clamp = (value, limit) => clampTo(value, -limit, limit);
const pale = (colour) =>
  `rgb(${[1, 3, 5].map((at) => Math.round((parseInt(colour.slice(at, at + 2), 16) + 255) / 2)).join(", ")})`;
const copy = (points) => points.map((point) => [...point]);

function multiply(point, a, b, c, d) {
  const [, , p, q, r, s] = point;
  point[2] = clamp(a * p + b * r, 4);
  point[3] = clamp(a * q + b * s, 4);
  point[4] = clamp(c * p + d * r, 4);
  point[5] = clamp(c * q + d * s, 4);
}

export default { render };
