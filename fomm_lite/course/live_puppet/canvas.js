// The live puppet's canvas: a picture, a dot for each keypoint, two handles for the jacobian of the chosen one.
//
// One request is under way at a time. What is dragged meanwhile replaces what was waiting, so old events are dropped
// rather than queued, and the picture follows the pointer however slow the model is. What the hand holds stays where the
// hand is; everything else stands where the kernel says.

const ARM = 0.28; // length of a jacobian's column on the canvas, in normalised units
const REACH = 14; // pixels around a handle that take hold of it
const PATIENCE = 3000; // milliseconds after which an unanswered request is given up
const STEP = 0.03; // of an arrow key, in normalised units

function render({ model, el }) {
  const side = model.get("side");
  const canvas = document.createElement("canvas");
  canvas.className = "fomm-lite-puppet";
  canvas.width = canvas.height = side;
  canvas.dataset.keypoints = model.get("points").length;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute(
    "aria-label",
    "Puppet. Drag a dot to move a keypoint, its handles to turn and stretch. Keys: N next keypoint, arrows move, " +
      "comma and full stop turn, plus and minus stretch.",
  );
  Object.assign(canvas.style, { maxWidth: "100%", touchAction: "none", cursor: "grab", border: "1px solid #808080" });
  el.appendChild(canvas);
  const hint = document.createElement("div");
  hint.textContent =
    "Drag a dot to move a keypoint, the ends of its two arms to turn and stretch what is around it. " +
    "Keys: N next, arrows move, comma and full stop turn, plus and minus stretch.";
  Object.assign(hint.style, { maxWidth: `${side}px`, fontSize: "85%", color: "var(--jp-ui-font-color2, #606060)" });
  el.appendChild(hint);
  const pen = canvas.getContext("2d");
  const picture = new Image();
  let points = copy(model.get("points"));
  let held = null; // { k, part: 0 dot, 1 or 2 a column }
  let chosen = model.get("chosen");
  let underWay = 0;
  let since = 0;
  let waiting = null;
  let sequence = 0;
  let url = null;

  const across = (x) => ((x + 1) / 2) * (side - 1);
  const back = (pixel) => (pixel / (side - 1)) * 2 - 1;
  const place = (point, part) => {
    if (part === 0) return [across(point[0]), across(point[1])];
    return [across(point[0] + ARM * point[1 + part]), across(point[1] + ARM * point[3 + part])];
  };

  function draw() {
    pen.clearRect(0, 0, side, side);
    if (picture.complete && picture.naturalWidth) pen.drawImage(picture, 0, 0, side, side);
    if (!model.get("handles")) return;
    canvas.dataset.chosenAt = JSON.stringify(place(points[chosen], 0)); // for whoever drives the page
    const last = points.map((_, k) => k).sort((a, b) => (a === chosen) - (b === chosen)); // the chosen one on top
    last.forEach((k) => {
      const point = points[k];
      const colour = model.get("colours")[k];
      const [x, y] = place(point, 0);
      for (const part of k === chosen ? [1, 2] : []) {
        const [hx, hy] = place(point, part);
        stroke(x, y, hx, hy, "#000000", 5);
        stroke(x, y, hx, hy, colour, 3);
        dot(hx, hy, 5, colour);
      }
      dot(x, y, k === chosen ? 9 : 7, colour);
    });
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

  function nearest(x, y) {
    let best = null;
    let least = REACH * REACH;
    points.forEach((point, k) => {
      for (const part of k === chosen ? [0, 1, 2] : [0]) {
        const [px, py] = place(point, part);
        const distance = (px - x) ** 2 + (py - y) ** 2;
        if (distance < least) {
          least = distance;
          best = { k, part };
        }
      }
    });
    return best;
  }

  function send(k) {
    waiting = { kind: "drag", k, point: [...points[k]] };
    draw();
    flush();
  }

  function flush() {
    if (!waiting || (underWay && Date.now() - since < PATIENCE)) return;
    underWay = ++sequence;
    since = Date.now();
    model.send({ ...waiting, sequence: underWay });
    waiting = null;
  }

  function adopt() {
    const busy = held || waiting || underWay ? chosen : -1; // under the hand, or on its way to the kernel
    points = copy(model.get("points")).map((point, k) => (k === busy ? points[k] : point));
    draw();
  }

  canvas.addEventListener("pointerdown", (event) => {
    held = model.get("handles") ? nearest(...pointer(event)) : null;
    if (!held) return;
    chosen = held.k;
    canvas.setPointerCapture(event.pointerId);
    canvas.style.cursor = "grabbing";
    event.preventDefault();
    canvas.focus();
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [x, y] = pointer(event);
    const point = points[held.k];
    if (held.part === 0) {
      point[0] = clamp(back(x), 1);
      point[1] = clamp(back(y), 1);
    } else {
      point[1 + held.part] = clamp((back(x) - point[0]) / ARM, 4);
      point[3 + held.part] = clamp((back(y) - point[1]) / ARM, 4);
    }
    send(held.k);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      held = null;
      canvas.style.cursor = "grab";
      adopt();
    });
  }

  canvas.addEventListener("keydown", (event) => {
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
    event.stopPropagation(); // else the notebook takes the keys for its own
  });

  model.on("change:picture", () => {
    const bytes = model.get("picture");
    const old = url;
    url = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
    picture.onload = () => {
      if (old) URL.revokeObjectURL(old);
      canvas.dataset.shown = String(Number(canvas.dataset.shown || 0) + 1);
      draw();
    };
    picture.src = url;
  });
  model.on("change:answered", () => {
    if (model.get("answered") >= underWay) underWay = 0;
    flush();
    adopt();
  });
  model.on("change:points", adopt);
  model.on("change:handles", draw);
  const stopCamera = camera(model, el);
  if (model.get("picture")) {
    url = URL.createObjectURL(new Blob([model.get("picture")], { type: "image/jpeg" }));
    picture.onload = draw;
    picture.src = url;
  }
  draw();
  return () => {
    stopCamera();
    if (url) URL.revokeObjectURL(url);
  };
}

// The webcam as a driver: small square frames, one under way at a time; nothing leaves the machine that runs the kernel.
function camera(model, el) {
  const video = document.createElement("video");
  const still = document.createElement("canvas");
  let stream = null;
  let busy = 0;
  let timer = null;
  video.muted = true;
  video.playsInline = true;

  function grab() {
    if (!stream || video.readyState < 2 || (busy && Date.now() - busy < PATIENCE)) return;
    const size = model.get("camera_size");
    const short = Math.min(video.videoWidth, video.videoHeight);
    still.width = still.height = size;
    const pen = still.getContext("2d", { willReadFrequently: true });
    pen.drawImage(
      video, (video.videoWidth - short) / 2, (video.videoHeight - short) / 2, short, short, 0, 0, size, size,
    );
    busy = Date.now();
    model.send({ kind: "camera", size }, undefined, [pen.getImageData(0, 0, size, size).data.buffer]);
  }

  function stop() {
    clearInterval(timer);
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
  }

  async function follow() {
    stop();
    if (!model.get("camera")) return;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 } });
      video.srcObject = stream;
      await video.play();
      timer = setInterval(grab, 50);
    } catch (error) {
      model.send({ kind: "camera_refused", why: String(error) });
    }
  }

  model.on("change:camera", follow);
  model.on("change:camera_answered", () => {
    busy = 0;
  });
  return stop;
}

const clamp = (value, limit) => Math.min(limit, Math.max(-limit, value));
const copy = (points) => points.map((point) => [...point]);

function multiply(point, a, b, c, d) {
  const [, , p, q, r, s] = point;
  point[2] = clamp(a * p + b * r, 4);
  point[3] = clamp(a * q + b * s, 4);
  point[4] = clamp(c * p + d * r, 4);
  point[5] = clamp(c * q + d * s, 4);
}

export default { render };
