// A picture from the reader's disk, or a still of the camera, on its way to the kernel: in parts, since servers end a
// connection over which a very long message comes. Nothing is decoded here: what a picture is, the kernel says.

const PART = 4e6; // bytes
const MOST = 1e8;

function render({ model, el }) {
  el.classList.add("fomm-lite-picture-input");
  el.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab's own word for: these keys are not yours
  const make = (name, settings) => Object.assign(document.createElement(name), settings);
  const file = make("input", { type: "file", accept: "image/*", hidden: true });
  const choose = make("button", { type: "button", textContent: "your own picture..." });
  const look = make("button", { type: "button", textContent: "camera" });
  const take = make("button", { type: "button", textContent: "take this picture", hidden: true });
  const video = make("video", { muted: true, playsInline: true, hidden: true });
  video.setAttribute("aria-label", "What the camera sees");
  el.append(choose, look, take, file, video);
  for (const each of [choose, look, take]) each.classList.add("jupyter-button", "widget-button");
  let stream = null;

  async function send(blob, name) {
    if (blob.size > MOST) {
      refuse(`got ${name} of ${Math.round(blob.size / 1e6)} MB; expected at most ${MOST / 1e6} MB; choose a smaller picture`);
      return;
    }
    let at = 0;
    do {
      const part = await blob.slice(at, at + PART).arrayBuffer();
      model.send({ kind: "part", name, at, size: blob.size }, undefined, [part]);
      at += PART;
    } while (at < blob.size);
  }

  const refuse = (why) => model.send({ kind: "refused", why });

  function stop() {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    video.hidden = take.hidden = true;
    look.textContent = "camera";
  }

  choose.addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    const [chosen] = file.files;
    if (chosen) send(chosen, chosen.name).catch(() => refuse(`got ${chosen.name}, which cannot be read; expected a picture; choose another`));
    file.value = ""; // so that the same file can be chosen again
  });
  look.addEventListener("click", async () => {
    if (stream) return stop();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: true });
      video.srcObject = stream;
      await video.play();
      video.hidden = take.hidden = false;
      look.textContent = "camera off";
    } catch (error) {
      stop();
      refuse(`got no camera (${error.name}); expected one that this page may use; allow it, or choose a file`);
    }
  });
  take.addEventListener("click", () => {
    const still = make("canvas", { width: video.videoWidth, height: video.videoHeight });
    still.getContext("2d").drawImage(video, 0, 0);
    stop();
    still.toBlob((blob) => send(blob, "the camera's picture"), "image/png");
  });
  for (const kind of ["keydown", "keypress", "keyup"]) el.addEventListener(kind, (event) => event.stopPropagation());
  return stop;
}

export default { render };
