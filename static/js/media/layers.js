// A camera is sent in up to three sizes at once, so that everybody can be given the one that suits their tile and network.

const LAYERS = [
  { rid: "l", maxBitrate: 150_000 },
  { rid: "m", maxBitrate: 450_000 },
  { rid: "h", maxBitrate: 1_200_000 },
];
export const NAMES = ["low", "middle", "high"];
const IN_ONE_SIZE = 900_000;
// Chromium sends only the first one or two of three sizes of a small camera, whatever is asked for.
const PIXELS_FOR_TWO = 480 * 270;
const PIXELS_FOR_THREE = 960 * 540;

/** How to add the camera's line: in three sizes, or as before in browsers that can't. */
export function addCamera(connection, track) {
  try {
    return connection.addTransceiver(track ?? "video", { direction: "sendonly", sendEncodings: encodings(track, NAMES) });
  } catch {
    const sendEncodings = [{ maxBitrate: IN_ONE_SIZE }];
    return connection.addTransceiver(track ?? "video", { direction: "sendonly", sendEncodings });
  }
}

/** Fit the sizes to this camera, and send those layers alone that are wanted. */
export async function fitLayers(sender, track, wanted) {
  const parameters = sender.getParameters();
  const { length } = parameters.encodings ?? [];
  if (!length) return;
  const fitting = encodings(track, wanted);
  const next = length === fitting.length ? fitting : [{ maxBitrate: IN_ONE_SIZE, scaleResolutionDownBy: 1 }];
  const changed = next.some((encoding, at) => Object.entries(encoding).some(([key, value]) => parameters.encodings[at][key] !== value));
  if (length !== next.length || !changed) return;
  next.forEach((encoding, at) => Object.assign(parameters.encodings[at], encoding));
  await sender.setParameters(parameters);
}

/** These layers and all that are smaller. */
export function withSmaller(wanted) {
  return NAMES.slice(0, Math.max(...wanted.map((name) => NAMES.indexOf(name))) + 1);
}

/** What the wanted layers of this camera take at most, in bit/s. */
export function rateOf(track, wanted) {
  return encodings(track, wanted).reduce((sum, { active, maxBitrate }) => sum + (active ? maxBitrate : 0), 0);
}

/** Of a small camera the larger layers don't exist: its largest stands for them. */
function encodings(track, wanted) {
  const { width = 1280, height = 720 } = track?.getSettings() ?? {};
  const pixels = width * height;
  const count = pixels >= PIXELS_FOR_THREE ? 3 : pixels >= PIXELS_FOR_TWO ? 2 : 1;
  const sent = new Set(wanted.map((name) => Math.min(NAMES.indexOf(name), count - 1)));
  return LAYERS.map((layer, at) => ({
    ...layer,
    active: sent.has(at),
    scaleResolutionDownBy: 2 ** Math.max(0, count - 1 - at),
  }));
}
