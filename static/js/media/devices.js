// Camera, microphone and screen of this device. Nothing here knows about the call.

const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24, max: 30 } };
const MICROPHONE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** Ask for one track. Resolves {track, error}: one of the two is null; `error` is the browser's error name. */
export async function openDevice(kind) {
  try {
    const stream = await mediaDevices().getUserMedia({ [kind]: kind === "audio" ? MICROPHONE : CAMERA });
    return { track: stream.getTracks()[0], error: null };
  } catch (error) {
    return { track: null, error: error.name || "Error" };
  }
}

/** Ask for both at once (one question to the person), then for each alone if that fails. */
export async function openDevices({ audio, video }) {
  const none = { track: null, error: null };
  if (audio && video) {
    try {
      const stream = await mediaDevices().getUserMedia({ audio: MICROPHONE, video: CAMERA });
      return {
        audio: { track: stream.getAudioTracks()[0], error: null },
        video: { track: stream.getVideoTracks()[0], error: null },
      };
    } catch {
      // one of them is missing or refused: find out which
    }
  }
  return {
    audio: audio ? await openDevice("audio") : none,
    video: video ? await openDevice("video") : none,
  };
}

/** Ask for the screen; rejects when the person cancels. */
export async function openScreen() {
  const stream = await mediaDevices().getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false });
  const [track] = stream.getVideoTracks();
  track.contentHint = "detail";
  return track;
}

function mediaDevices() {
  if (!navigator.mediaDevices) throw new DOMException("only on secure pages", "InsecureContextError");
  return navigator.mediaDevices;
}
