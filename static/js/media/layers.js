// A camera is sent in up to three sizes at once, so that everybody can be given the one that suits their tile and network.

const LAYERS = [
  { rid: "l", maxBitrate: 150_000 },
  { rid: "m", maxBitrate: 450_000 },
  { rid: "h", maxBitrate: 1_200_000 },
];
const NAMES = ["low", "middle", "high"];
const IN_ONE_SIZE = 900_000;
// Chromium sends only the first one or two of three sizes of a small camera, whatever is asked for.
const PIXELS_FOR_TWO = 480 * 270;
const PIXELS_FOR_THREE = 960 * 540;

/** How to add the camera's line: in three sizes, or as before in browsers that can't. */
export function addCamera(connection, track) {
  try {
    return connection.addTransceiver(track ?? "video", { direction: "sendonly", sendEncodings: encodings(track, "high") });
  } catch {
    const sendEncodings = [{ maxBitrate: IN_ONE_SIZE }];
    return connection.addTransceiver(track ?? "video", { direction: "sendonly", sendEncodings });
  }
}

/** Fit the sizes to this camera, and send none above the layer that anybody wants. */
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

function encodings(track, wanted) {
  const { width = 1280, height = 720 } = track?.getSettings() ?? {};
  const pixels = width * height;
  const count = pixels >= PIXELS_FOR_THREE ? 3 : pixels >= PIXELS_FOR_TWO ? 2 : 1;
  return LAYERS.map((layer, at) => ({
    ...layer,
    active: at === 0 || (at < count && at <= NAMES.indexOf(wanted)),
    scaleResolutionDownBy: 2 ** Math.max(0, count - 1 - at),
  }));
}
