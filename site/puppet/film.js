// A film of the canvas, as the browser's own video and as a GIF, which more places show.

const VIDEOS = ["video/webm;codecs=vp9", "video/webm", "video/mp4"];
const GIF = { side: 256, every: 80 }; // pixels, milliseconds
const LONGEST = 30_000; // milliseconds

export const canRecord = () => "MediaRecorder" in globalThis && VIDEOS.some((each) => MediaRecorder.isTypeSupported(each));

function video(canvas) {
  const type = VIDEOS.find((each) => MediaRecorder.isTypeSupported(each));
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: type });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.start();
  return () =>
    new Promise((done) => {
      recorder.onstop = () => done({ kind: type.includes("webm") ? "webm" : "mp4", blob: new Blob(parts, { type }) });
      recorder.stop();
    });
}

function gif(canvas) {
  const worker = new Worker(new URL("./gif.js", import.meta.url), { type: "module" });
  const still = document.createElement("canvas");
  still.width = still.height = GIF.side;
  const pen = still.getContext("2d", { willReadFrequently: true });
  const seen = () => {
    pen.drawImage(canvas, 0, 0, GIF.side, GIF.side);
    return pen.getImageData(0, 0, GIF.side, GIF.side).data;
  };
  let [waiting, since] = [seen(), performance.now()]; // how long it is shown is known when the next one comes
  const next = () => {
    const now = performance.now();
    worker.postMessage({ rgba: waiting, side: GIF.side, delay: now - since }, [waiting.buffer]);
    [waiting, since] = [seen(), now];
  };
  const timer = setInterval(next, GIF.every);
  return () =>
    new Promise((done, fail) => {
      clearInterval(timer);
      next();
      worker.onmessage = ({ data }) => {
        worker.terminate();
        done({ kind: "gif", blob: new Blob([data], { type: "image/gif" }) });
      };
      worker.onerror = () => fail(new Error("the GIF could not be written"));
      worker.postMessage({ end: true });
    });
}

// begins at once; what it returns ends it, and gives a list of { kind, blob }. It also ends by itself, and says so.
export function record(canvas, ended) {
  const ends = [video(canvas), gif(canvas)];
  const late = setTimeout(ended, LONGEST);
  return () => {
    clearTimeout(late);
    return Promise.all(ends.map((end) => end()));
  };
}
