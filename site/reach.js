// What is wider than the page scrolls sideways: whoever has only keys gets there by Tab.
function reach() {
  for (const one of document.querySelectorAll("pre, .attr, .math, .cell_output .output, .table-wrapper")) {
    if (one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight) one.tabIndex = 0;
    else one.removeAttribute("tabindex");
  }
}
addEventListener("load", reach);
addEventListener("resize", reach);
