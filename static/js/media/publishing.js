// What this person sends: microphone, camera and shared screen, each on a line of its own.

import { openDevice, openDevices, openScreen } from "./devices.js";
import { NAMES, addCamera, fitLayers, rateOf, withSmaller } from "./layers.js";
import { Uplink } from "./uplink.js";

const RATES = { audio: 40_000, screen: 1_500_000 };

export class Publishing {
  #onDevice;
  #onScreen;
  #lines = new Map();
  #tracks = new Map();
  #muted = { audio: true, video: true };
  #layers = NAMES;
  #uplink = null;
  #closed = false;

  /** Microphone and camera, as one's own tile shows them. */
  stream = new MediaStream();

  /** onDevice({kind, on}): a device was switched on or off, or was unplugged; onScreen(): the screen's line has changed. */
  constructor({ onDevice, onScreen }) {
    this.#onDevice = onDevice;
    this.#onScreen = onScreen;
  }

  /** Open the devices and send what they give; resolves the errors by kind, null for none. */
  async open(wanted) {
    const opened = await openDevices(wanted);
    for (const kind of ["audio", "video"]) {
      const { track } = opened[kind];
      if (track) await this.#use(kind, track);
    }
    return { audio: opened.audio.error, video: opened.video.error };
  }

  isMuted(kind) {
    return this.#muted[kind];
  }

  /** Switch the microphone or camera off or on. A camera that is off is released; resolves an error name or null. */
  async setMuted(kind, muted) {
    this.#muted[kind] = muted;
    const track = this.#tracks.get(kind);
    if (muted && kind === "video" && track) await this.#setTrack(kind, null);
    else if (track) track.enabled = !muted;
    else if (!muted) return this.#openAgain(kind);
    return null;
  }

  /** Share the screen as a second picture; rejects when the person cancels. */
  async shareScreen() {
    await this.#setTrack("screen", await openScreen());
    this.#onScreen();
  }

  async stopScreen() {
    await this.#setTrack("screen", null);
    this.#onScreen();
  }

  /** The layers of the camera that anybody takes: some of "low", "middle" and "high". */
  setLayers(layers) {
    this.#layers = layers;
    this.fitLayers();
  }

  /** Send on this connection from now on. */
  attach(connection) {
    this.#lines = new Map();
    this.#layers = NAMES;
    this.#uplink?.stop();
    this.#uplink = new Uplink(connection, () => rateOf(this.#camera, this.#layers), () => this.fitLayers());
    for (const kind of ["audio", "video"]) this.#addLine(connection, kind);
  }

  /** Before an offer: a line for the screen, if it is shared. */
  prepareLines(connection) {
    if (this.#tracks.has("screen") && !this.#lines.has("screen")) this.#addLine(connection, "screen");
    const screen = this.#lines.get("screen");
    if (screen) screen.direction = this.#tracks.has("screen") ? "sendonly" : "inactive";
  }

  /** The transceivers on which this person sends. */
  get lines() {
    return new Set(this.#lines.values());
  }

  /** Send the camera in the sizes that fit it, and of those what others take; on a weak network the smaller ones too. */
  async fitLayers() {
    const camera = this.#lines.get("video");
    if (!camera) return;
    try {
      await fitLayers(camera.sender, this.#camera, this.#uplink.weak ? withSmaller(this.#layers) : this.#layers);
    } catch (error) {
      console.warn("layers:", error?.message || error); // all are sent then, which costs more and harms nothing
    }
  }

  close() {
    this.#closed = true;
    this.#uplink?.stop();
    this.#lines.clear(); // a closed connection refuses other tracks
    for (const kind of [...this.#tracks.keys()]) this.#setTrack(kind, null);
  }

  get #camera() {
    return this.#tracks.get("video") ?? null;
  }

  async #openAgain(kind) {
    const { track, error } = await openDevice(kind);
    if (!error) await this.#use(kind, track);
    return error;
  }

  async #use(kind, track) {
    if (this.#closed) {
      track.stop();
      return;
    }
    this.#muted[kind] = false;
    await this.#setTrack(kind, track);
  }

  async #setTrack(kind, track) {
    const former = this.#tracks.get(kind);
    if (former) {
      former.onended = null;
      former.stop();
      this.stream.removeTrack(former);
      this.#tracks.delete(kind);
    }
    if (track) {
      this.#tracks.set(kind, track);
      if (kind !== "screen") this.stream.addTrack(track);
      track.onended = () => this.#lost(kind);
    }
    this.#onDevice({ kind, on: Boolean(track) });
    if (kind === "video" && track) await this.fitLayers();
    await this.#lines.get(kind)?.sender.replaceTrack(track);
  }

  #lost(kind) {
    if (kind in this.#muted) this.#muted[kind] = true;
    this.#setTrack(kind, null);
    if (kind === "screen") this.#onScreen();
  }

  #addLine(connection, kind) {
    const track = this.#tracks.get(kind) ?? null;
    if (kind === "video") {
      this.#lines.set(kind, addCamera(connection, track));
      return;
    }
    const transceiver = connection.addTransceiver(track ?? (kind === "audio" ? "audio" : "video"), {
      direction: "sendonly",
      sendEncodings: [{ maxBitrate: RATES[kind] }],
    });
    this.#lines.set(kind, transceiver);
  }
}
