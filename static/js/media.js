// One person's call: publishes their tracks, receives those that the server gives, recovers by itself.
// One RTCPeerConnection, which the page offers; some engines send on one apart. Protocol: docs/media.md

import { openDevice, openDevices, openScreen } from "./media_devices.js";
import { addCamera, fitLayers } from "./media_layers.js";
import { Receiver } from "./media_receiver.js";
import { connectionNumber, receivesApart, sourcesIn, withoutAddresses } from "./media_sdp.js";

const RATES = { audio: 40_000, screen: 1_500_000 };
const CONNECTED_WITHIN = 6_000; // of the server's answer; else a new connection, and longer for that one
const CONNECTED_WITHIN_AT_MOST = 24_000;
const RETRY_FIRST = 300;
const RETRY_LAST = 4_000;
const ANSWER_WITHIN = 8_000;

export class MediaCall {
  #callbacks;
  #connection = null;
  #number = "";
  #receiver;
  #apart = false;
  #offered = false;
  #own = new Map();
  #tracks = new Map();
  #muted = { audio: false, video: false };
  #wanted = [];
  #layer = "high";
  #given = new Map();
  #streams = new Map();
  #state = "connecting";
  #negotiating = null;
  #again = false;
  #relays = [];
  #patience = CONNECTED_WITHIN;
  #pause = RETRY_FIRST;
  #timers = new Map();
  #closed = false;

  localStream = new MediaStream();

  /** offer(sdp) -> answer; receive, onTrack, onEnd, onState, onDevice as in docs/media.md. */
  constructor(callbacks) {
    this.#callbacks = { onTrack() {}, onEnd() {}, onState() {}, onDevice() {}, ...callbacks };
    this.#receiver = new Receiver({
      ask: (what) => this.#withinReason(this.#callbacks.receive(what)),
      onSources: (connection, sources) => this.#handOver(connection, sources),
      onState: (state) => this.#receiverChanged(state),
    });
  }

  get state() {
    return this.#state;
  }

  /**
   * Connect at once, to see and hear while the browser still asks for the devices, and send what it gives.
   * Resolves the errors by kind, null for none.
   */
  async start({ audio = true, video = true } = {}) {
    this.#muted = { audio: true, video: true };
    this.#connect();
    const opened = await openDevices({ audio, video });
    for (const kind of ["audio", "video"]) {
      const { track } = opened[kind];
      if (!track) continue;
      if (this.#closed) track.stop();
      else await this.setTrack(kind, track);
    }
    return { audio: opened.audio.error, video: opened.video.error };
  }

  /** Ways around a network that lets no UDP through, as RTCPeerConnection's iceServers. Before start(), and when renewed. */
  setRelays(servers) {
    this.#relays = servers;
    this.#connection?.setConfiguration(this.#configuration());
    this.#receiver.connection?.setConfiguration(this.#configuration());
  }

  /** Whom this person receives now, from the server's snapshot: [{peer, screen}]. */
  setSources(sources) {
    const next = sources.map(({ peer, screen = false }) => ({ peer, screen: Boolean(screen) }));
    if (JSON.stringify(next) === JSON.stringify(this.#wanted)) return;
    this.#wanted = next;
    this.#dropUnwanted();
    this.#negotiate();
  }

  /** The highest layer of the camera that anybody receives, from the server: "low", "middle" or "high". */
  setLayer(layer) {
    this.#layer = layer;
    this.#fitLayers();
  }

  /** Switch the microphone or camera off or on. A camera that is off is released; resolves an error name or null. */
  async setMuted(kind, muted) {
    this.#muted[kind] = muted;
    const track = this.#tracks.get(kind);
    if (muted) {
      if (kind === "video" && track) await this.#setOwnTrack(kind, null);
      else if (track) track.enabled = false;
      return null;
    }
    if (track) {
      track.enabled = true;
      return null;
    }
    return this.setDevice(kind, null);
  }

  isMuted(kind) {
    return this.#muted[kind];
  }

  /** Use another camera or microphone; resolves an error name or null. */
  async setDevice(kind, deviceId) {
    const { track, error } = await openDevice(kind, deviceId);
    if (error) return error;
    if (this.#closed) track.stop();
    else await this.setTrack(kind, track);
    return null;
  }

  /** Send this track, for instance one that the device check opened, and switch the kind on. */
  async setTrack(kind, track) {
    this.#muted[kind] = false;
    await this.#setOwnTrack(kind, track);
  }

  /** Share the screen as a second picture; rejects when the person cancels. */
  async shareScreen() {
    const track = await openScreen();
    await this.#setOwnTrack("screen", track);
    this.#offerAgain();
  }

  async stopScreen() {
    await this.#setOwnTrack("screen", null);
    this.#offerAgain();
  }

  /** Connect anew, for instance when the server says that its media worker was replaced. */
  reconnect() {
    if (this.#closed || !this.#connection) return;
    this.#setState("reconnecting");
    this.#connect();
  }

  /**
   * Find the way to the server again, when the socket is back or the device has another network: an ICE restart keeps
   * seat and streams. If the server no longer knows this connection, its answer shows that, and a new one is made.
   */
  check() {
    if (this.#closed || !this.#connection) return;
    this.#connection.restartIce();
    this.#receiver.restartIce();
    this.#offerAgain();
  }

  /** Round trip in seconds, share of lost packets and bytes received, from the browser's own figures. */
  async quality() {
    const result = { rtt: null, lost: 0, received: 0, bytes: 0 };
    for (const connection of [this.#connection, this.#receiver.connection]) {
      const stats = connection ? await connection.getStats() : new Map();
      stats.forEach((entry) => {
        if (entry.type === "candidate-pair" && entry.nominated) result.rtt = entry.currentRoundTripTime ?? result.rtt;
        if (entry.type !== "inbound-rtp") return;
        result.lost += entry.packetsLost || 0;
        result.received += entry.packetsReceived || 0;
        result.bytes += entry.bytesReceived || 0;
      });
    }
    return result;
  }

  close() {
    this.#closed = true;
    this.#clearTimers();
    this.#connection?.close();
    this.#receiver.forget();
    this.#own.clear(); // a closed connection refuses other tracks
    for (const kind of [...this.#tracks.keys()]) this.#setOwnTrack(kind, null);
    for (const mid of [...this.#given.keys()]) this.#end(mid);
    this.#setState("closed");
  }

  // --- own tracks

  async #setOwnTrack(kind, track) {
    const former = this.#tracks.get(kind);
    if (former) {
      former.onended = null;
      former.stop();
      this.localStream.removeTrack(former);
      this.#tracks.delete(kind);
    }
    if (track) {
      this.#tracks.set(kind, track);
      if (kind !== "screen") this.localStream.addTrack(track);
      track.onended = () => this.#lost(kind);
    }
    this.#callbacks.onDevice({ kind, on: Boolean(track) });
    if (kind === "video" && track) await this.#fitLayers();
    await this.#own.get(kind)?.sender.replaceTrack(track);
  }

  async #fitLayers() {
    const camera = this.#own.get("video");
    if (!camera) return;
    try {
      await fitLayers(camera.sender, this.#tracks.get("video") ?? null, this.#layer);
    } catch (error) {
      console.warn("layers:", error?.message || error); // all are sent then, which costs more and harms nothing
    }
  }

  #lost(kind) {
    if (kind in this.#muted) this.#muted[kind] = true;
    this.#setOwnTrack(kind, null);
    if (kind === "screen") this.#offerAgain();
  }

  // --- connection

  #connect() {
    this.#clearTimers();
    this.#connection?.close();
    this.#receiver.forget();
    this.#number = "";
    this.#offered = false;
    const connection = new RTCPeerConnection(this.#configuration());
    this.#connection = connection;
    this.#own = new Map();
    this.#layer = "high";
    for (const kind of ["audio", "video"]) this.#addOwnLine(kind);
    connection.onconnectionstatechange = () => {
      if (connection === this.#connection) this.#connectionChanged(connection.connectionState);
    };
    this.#negotiate();
  }

  #configuration() {
    return { iceServers: this.#relays, bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" };
  }

  #addOwnLine(kind) {
    const track = this.#tracks.get(kind) ?? null;
    if (kind === "video") {
      this.#own.set(kind, addCamera(this.#connection, track));
      return;
    }
    const transceiver = this.#connection.addTransceiver(track ?? (kind === "audio" ? "audio" : "video"), {
      direction: "sendonly",
      sendEncodings: [{ maxBitrate: RATES[kind] }],
    });
    this.#own.set(kind, transceiver);
  }

  #connectionChanged(state) {
    if (state === "connected") {
      this.#clearTimer("anew");
      this.#patience = CONNECTED_WITHIN;
      if (!this.#receiverInTrouble()) this.#setState("connected");
    } else if (state === "disconnected" || state === "failed") {
      this.#setState("reconnecting");
      this.check();
    }
  }

  #receiverChanged(state) {
    if (state === "connected") {
      this.#clearTimer("receiver");
      if (this.#connection?.connectionState === "connected") this.#setState("connected");
    } else if (state === "disconnected" || state === "failed") {
      this.#setState("reconnecting");
      this.check();
    }
  }

  #receiverInTrouble() {
    return ["disconnected", "failed"].includes(this.#receiver.connection?.connectionState);
  }

  /** The server has answered. Only from then on can waiting for media tell anything. */
  #expectMedia(connection) {
    if (connection.connectionState === "connected" || this.#timers.has("anew")) return;
    this.#later("anew", this.#patience, () => {
      this.#patience = Math.min(this.#patience * 2, CONNECTED_WITHIN_AT_MOST);
      this.reconnect();
    });
  }

  #setState(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#callbacks.onState(state);
  }

  // --- negotiation: one at a time; a wish during one is fulfilled by the next

  /** Negotiate the own tracks too, where they have a connection apart. */
  #offerAgain() {
    this.#offered = false;
    this.#negotiate();
  }

  #negotiate() {
    this.#again = true;
    if (this.#negotiating || this.#closed || !this.#connection) return;
    this.#clearTimer("retry");
    this.#negotiating = this.#negotiateUntilDone().finally(() => {
      this.#negotiating = null;
      if (this.#again) this.#later("retry", this.#nextPause(), () => this.#negotiate());
    });
  }

  async #negotiateUntilDone() {
    while (this.#again && !this.#closed) {
      this.#again = false;
      const connection = this.#connection;
      try {
        if (!this.#apart || !this.#offered) await this.#exchange(connection);
        if (this.#apart && connection === this.#connection) await this.#receive();
        if (this.#allGiven()) this.#pause = RETRY_FIRST;
        else this.#later("retry", this.#nextPause(), () => this.#negotiate());
      } catch (error) {
        if (connection === this.#connection && !this.#closed) {
          console.warn("media negotiation:", error?.code || error?.message || error);
          await this.#rollBack(connection);
        }
        this.#again = true;
        if (connection === this.#connection) return;
      }
    }
  }

  async #exchange(connection) {
    this.#prepareLines(connection);
    await connection.setLocalDescription(await connection.createOffer());
    const answer = await this.#withinReason(
      this.#callbacks.offer(withoutAddresses(connection.localDescription.sdp)),
    );
    if (connection !== this.#connection || this.#closed) return;
    const number = connectionNumber(answer);
    if (this.#number && number !== this.#number) {
      this.reconnect();
      return;
    }
    await connection.setRemoteDescription({ type: "answer", sdp: answer });
    this.#number = number;
    this.#fitLayers();
    this.#offered = true;
    this.#apart = receivesApart(answer);
    if (!this.#apart) this.#handOver(connection, sourcesIn(answer));
    this.#expectMedia(connection);
  }

  async #receive() {
    try {
      await this.#receiver.negotiate(this.#configuration());
      this.#expectReceiver();
    } catch (error) {
      this.#receiver.forget(); // it may be half way
      throw error;
    }
  }

  #expectReceiver() {
    const { connection } = this.#receiver;
    if (!connection || connection.connectionState === "connected" || this.#timers.has("receiver")) return;
    this.#later("receiver", CONNECTED_WITHIN, () => {
      this.#clearTimer("receiver");
      this.#receiver.forget();
      this.#negotiate();
    });
  }

  #withinReason(answer) {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error("no answer")), ANSWER_WITHIN));
    return Promise.race([answer, late]);
  }

  async #rollBack(connection) {
    try {
      if (connection.signalingState === "have-local-offer") await connection.setLocalDescription({ type: "rollback" });
    } catch {
      this.reconnect();
    }
  }

  /** As many lines as sources: a voice and a camera each, a second picture for a shared screen. */
  #prepareLines(connection) {
    if (this.#tracks.has("screen") && !this.#own.has("screen")) this.#addOwnLine("screen");
    const screen = this.#own.get("screen");
    if (screen) screen.direction = this.#tracks.has("screen") ? "sendonly" : "inactive";
    if (this.#apart) return;
    const screens = this.#wanted.filter((source) => source.screen).length;
    const needed = { audio: this.#wanted.length, video: this.#wanted.length + screens };
    const own = new Set(this.#own.values());
    for (const transceiver of connection.getTransceivers()) {
      if (!own.has(transceiver)) needed[transceiver.receiver.track.kind] -= 1;
    }
    for (const kind of ["audio", "video"]) {
      for (; needed[kind] > 0; needed[kind] -= 1) connection.addTransceiver(kind, { direction: "recvonly" });
    }
  }

  #isWanted({ peer, kind }) {
    return this.#wanted.some((source) => source.peer === peer && (kind !== "screen" || source.screen));
  }

  #allGiven() {
    const given = new Set([...this.#given.values()].map(({ peer, kind }) => `${peer} ${kind}`));
    return this.#wanted.every(
      ({ peer, screen }) =>
        given.has(`${peer} audio`) && given.has(`${peer} video`) && (!screen || given.has(`${peer} screen`)),
    );
  }

  // --- remote tracks

  #handOver(connection, sources) {
    for (const [mid, former] of [...this.#given]) {
      const now = sources.get(mid);
      const same = now && now.peer === former.peer && now.kind === former.kind;
      if (!same && former.connection === connection) this.#end(mid);
    }
    const former = [...this.#given.values()];
    this.#given = new Map([...this.#given].filter(([, given]) => given.connection === connection));
    for (const transceiver of connection.getTransceivers()) {
      const source = sources.get(transceiver.mid);
      if (source && this.#isWanted(source) && !this.#given.has(transceiver.mid)) {
        this.#give(connection, transceiver, source);
      }
    }
    const still = new Set([...this.#given.values()].map(({ peer, kind }) => `${peer} ${kind}`));
    for (const { peer, kind } of former) {
      if (!still.has(`${peer} ${kind}`)) this.#callbacks.onEnd({ peer, kind });
    }
  }

  #give(connection, transceiver, { peer, kind }) {
    const { track } = transceiver.receiver;
    const name = kind === "screen" ? `${peer} screen` : peer;
    const stream = this.#streams.get(name) ?? new MediaStream();
    this.#streams.set(name, stream);
    for (const old of stream.getTracks()) {
      if (old.kind === track.kind && old !== track) stream.removeTrack(old);
    }
    stream.addTrack(track);
    this.#given.set(transceiver.mid, { peer, kind, connection, track, stream });
    this.#callbacks.onTrack({ peer, kind, track, stream });
  }

  #end(mid) {
    const { peer, kind, track, stream } = this.#given.get(mid);
    stream.removeTrack(track);
    this.#given.delete(mid);
    this.#callbacks.onEnd({ peer, kind });
  }

  #dropUnwanted() {
    for (const [mid, given] of [...this.#given]) {
      if (!this.#isWanted(given)) this.#end(mid);
    }
  }

  // --- timers

  #nextPause() {
    const pause = this.#pause;
    this.#pause = Math.min(this.#pause * 2, RETRY_LAST);
    return pause;
  }

  #later(name, delay, action) {
    this.#clearTimer(name);
    this.#timers.set(name, setTimeout(() => this.#closed || action(), delay));
  }

  #clearTimer(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  #clearTimers() {
    for (const name of [...this.#timers.keys()]) this.#clearTimer(name);
  }
}
