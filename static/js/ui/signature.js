// The signature pad keeps strokes with their times, not only a picture: how a name was written is evidence.

const INK_WIDTH = 4;
const MAX_POINTS = 4000;

export function wirePads() {
  for (const pad of document.querySelectorAll("[data-pad]")) wirePad(pad);
}

function wirePad(pad) {
  const canvas = pad.querySelector("canvas");
  const input = pad.querySelector("[data-pad-strokes]");
  const strokes = [];
  let started = 0;
  let points = 0;

  const keep = () => {
    const { width, height } = canvas.getBoundingClientRect();
    const drawing = { width: Math.round(width), height: Math.round(height), strokes };
    input.value = strokes.length ? JSON.stringify(drawing) : "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const add = (event) => {
    if (points >= MAX_POINTS) return;
    const box = canvas.getBoundingClientRect();
    const x = Math.round((event.clientX - box.left) * 10) / 10;
    const y = Math.round((event.clientY - box.top) * 10) / 10;
    strokes.at(-1).push([x, y, Math.round(performance.now() - started)]);
    points += 1;
  };
  const redraw = () => draw(canvas, strokes);

  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button > 0) return;
    canvas.setPointerCapture(event.pointerId);
    if (!strokes.length) started = performance.now();
    strokes.push([]);
    add(event);
    redraw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!event.isPrimary || !canvas.hasPointerCapture(event.pointerId)) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) add(each);
    redraw();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => event.isPrimary && keep());
  }
  pad.querySelector("[data-pad-again]").addEventListener("click", () => {
    strokes.length = 0;
    points = 0;
    keep();
    redraw();
  });
  new ResizeObserver(redraw).observe(canvas);
}

function draw(canvas, strokes) {
  const { width, height } = canvas.getBoundingClientRect();
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const ink = canvas.getContext("2d");
  ink.scale(scale, scale);
  ink.strokeStyle = getComputedStyle(canvas).color;
  ink.lineWidth = INK_WIDTH;
  ink.lineCap = "round";
  ink.lineJoin = "round";
  for (const stroke of strokes) {
    ink.beginPath();
    ink.moveTo(stroke[0][0], stroke[0][1]);
    for (const [x, y] of stroke) ink.lineTo(x, y);
    ink.stroke();
  }
}
