// Starts reveal.js. Its own keys stay (? lists them); N shows the notes beside the slides, S in a window of their own.
const narrow = innerWidth < 600
const printed = /print-pdf/.test(location.search)
document.documentElement.classList.toggle("narrow", narrow)
Reveal.initialize({
  width: narrow ? 400 : 1280,
  height: narrow ? 711 : 720,
  margin: narrow ? 0.03 : 0.05,
  hash: !printed,
  slideNumber: "c/t",
  navigationMode: "linear", // arrows take one slide after the other; the overview has a column for each part
  scrollLayout: "compact",
  scrollSnap: "proximity",
  pdfMaxPagesPerSlide: 1,
  showNotes: printed && /notes/.test(location.search) ? "separate-page" : false,
  transition: matchMedia("(prefers-reduced-motion: reduce)").matches ? "none" : "slide",
  plugins: [RevealNotes],
})
Reveal.addKeyBinding({ keyCode: 78, key: "N", description: "Notes beside the slides" }, () => {
  Reveal.configure({ showNotes: !Reveal.getConfig().showNotes })
  Reveal.layout() // notes take a part of the width
})
