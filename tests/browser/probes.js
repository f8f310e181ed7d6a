// What a person sees and hears in this page, as numbers. Loaded by tests; sets window.probes.

(() => {
  let context;
  let newest = null;

  // The page's own connection is private to its scripts: remember the newest.
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...given) {
      super(...given);
      newest = this;
    }
  };

  const connection = () => newest;

  /** Average colour [r, g, b] of what a video element shows now; null before the first picture. */
  function colour(video) {
    if (!video || video.readyState < 2 || !video.videoWidth) return null;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 16;
    const paint = canvas.getContext("2d", { willReadFrequently: true });
    paint.drawImage(video, 0, 0, 16, 16);
    const { data } = paint.getImageData(0, 0, 16, 16);
    const sum = [0, 0, 0];
    for (let i = 0; i < data.length; i += 4) for (let c = 0; c < 3; c += 1) sum[c] += data[i + c];
    return sum.map((value) => Math.round(value / 256));
  }

  /** The name in `looks` ({name: {colour: [r, g, b]}}) whose colour is nearest, null if none is near. */
  function nameByColour(rgb, looks) {
    if (!rgb) return null;
    let best = null;
    let least = 90;
    for (const [name, look] of Object.entries(looks)) {
      const distance = Math.hypot(...look.colour.map((value, i) => value - rgb[i]));
      if (distance < least) [best, least] = [name, distance];
    }
    return best;
  }

  /** Listen to `streams` together for `ms`; the loudest level in dB at each frequency of `tones` ({name: Hz}). */
  async function levels(streams, tones, ms = 900) {
    context ??= new AudioContext();
    await context.resume();
    const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
    const taps = streams
      .filter((stream) => stream && stream.getAudioTracks().length)
      .map((stream) => tap(stream, analyser));
    const bins = new Float32Array(analyser.frequencyBinCount);
    const found = Object.fromEntries(Object.keys(tones).map((name) => [name, -200]));
    const end = performance.now() + ms;
    while (performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      analyser.getFloatFrequencyData(bins);
      for (const [name, hertz] of Object.entries(tones)) {
        const at = Math.round((hertz * analyser.fftSize) / context.sampleRate);
        found[name] = Math.max(found[name], ...bins.slice(at - 1, at + 2));
      }
    }
    for (const release of taps) release();
    return found;
  }

  /** Chromium only pulls a remote voice into WebAudio while an element plays it too. */
  function tap(stream, analyser) {
    const element = new Audio();
    element.muted = true;
    element.srcObject = new MediaStream(stream.getAudioTracks());
    element.play().catch(() => {});
    const source = context.createMediaStreamSource(element.srcObject);
    source.connect(analyser);
    return () => {
      source.disconnect();
      element.srcObject = null;
    };
  }

  /** Names whose tone is heard in `streams`: within 25 dB of the loudest and above -75 dB. */
  async function voices(streams, tones, ms = 900) {
    const found = await levels(streams, tones, ms);
    const top = Math.max(...Object.values(found));
    return Object.keys(found)
      .filter((name) => found[name] > -75 && found[name] > top - 25)
      .sort();
  }

  /** Streams of all media elements that play in the page. */
  function playing() {
    return [...document.querySelectorAll("video, audio")].filter((element) => !element.muted).map((e) => e.srcObject);
  }

  window.probes = { colour, nameByColour, levels, voices, playing, connection };
})();
