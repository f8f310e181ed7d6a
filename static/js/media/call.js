// One person's call: sends their tracks, receives those that the server gives, recovers by itself.
// One RTCPeerConnection, which the page offers; some engines send on one apart. Protocol: docs/media.md

import { ApartConnection } from "./apart.js";
import { Arrivals } from "./arrivals.js";
import { Negotiation } from "./negotiation.js";
import { Publishing } from "./publishing.js";
import { Receiving } from "./receiving.js";
import { Recovery } from "./recovery.js";
import { connectionNumber, receivesApart, sourcesIn, withoutAddresses } from "./sdp.js";

const ANSWER_WITHIN = 8_000;

export class MediaCall {
  #callbacks;
  #publishing;
  #receiving;
  #apart;
  #negotiation;
  #recovery;
  #arrivals;
  #connection = null;
  #number = "";
  #sendsApart = false;
  #offered = false;
  #relays = [];
  #closed = false;

  /** offer(sdp) -> answer; receive, onTrack, onEnd, onState, onSilence, onAgain, onDevice as in docs/media.md. */
  constructor(callbacks) {
    this.#callbacks = { onTrack() {}, onEnd() {}, onState() {}, onSilence() {}, onAgain() {}, onDevice() {}, ...callbacks };
    const { onDevice, onTrack, onEnd, onState } = this.#callbacks;
    this.#publishing = new Publishing({ onDevice, onScreen: () => this.#offerAgain() });
    this.#receiving = new Receiving({ onTrack, onEnd });
    this.#negotiation = new Negotiation(() => this.#negotiate());
    this.#recovery = new Recovery({
      state: onState,
      restartIce: () => this.check(),
      connect: () => this.#connect(),
      connectApart: () => this.#connectApart(),
    });
    this.#apart = new ApartConnection({
      ask: (what) => withinReason(this.#callbacks.receive(what)),
      onOpen: (connection) => this.#recovery.followApart(connection),
      onSources: (connection, sources) => this.#receiving.handOver(connection, sources),
    });
  }

  get state() {
    return this.#recovery.state;
  }

  /** Microphone and camera, as one's own tile shows them. */
  get localStream() {
    return this.#publishing.stream;
  }

  /**
   * Connect at once, to see and hear while the browser still asks for the devices, and send what it gives.
   * Resolves the errors by kind, null for none.
   */
  start({ audio = true, video = true } = {}) {
    this.#connect();
    this.#arrivals = new Arrivals(() => this.#connections(), { silence: () => this.#silence(), again: this.#callbacks.onAgain });
    return this.#publishing.open({ audio, video });
  }

  /** Ways around a network that lets no UDP through, as RTCPeerConnection's iceServers. Before start(), and when renewed. */
  setRelays(servers) {
    this.#relays = servers;
    for (const connection of this.#connections()) connection.setConfiguration(this.#configuration());
  }

  /** Whom this person receives now, from the server's snapshot: [{peer, screen}]. */
  setSources(sources) {
    if (this.#receiving.want(sources)) this.#wish();
  }

  /** The layers of the camera that anybody takes, from the server: some of "low", "middle" and "high". */
  setLayers(layers) {
    this.#publishing.setLayers(layers);
  }

  /** Switch the microphone or camera off or on. A camera that is off is released; resolves an error name or null. */
  setMuted(kind, muted) {
    return this.#publishing.setMuted(kind, muted);
  }

  isMuted(kind) {
    return this.#publishing.isMuted(kind);
  }

  /** Share the screen as a second picture; rejects when the person cancels. */
  shareScreen() {
    return this.#publishing.shareScreen();
  }

  stopScreen() {
    return this.#publishing.stopScreen();
  }

  /** Connect anew, for instance when the server says that its media worker was replaced. */
  reconnect() {
    this.#recovery.reconnect();
  }

  /**
   * Find the way to the server again, when the socket is back or the device has another network: an ICE restart keeps
   * seat and streams. If the server no longer knows this connection, its answer shows that, and a new one is made.
   */
  check() {
    if (this.#closed || !this.#connection) return;
    this.#connection.restartIce();
    this.#apart.restartIce();
    this.#offerAgain();
  }

  close() {
    this.#closed = true;
    this.#arrivals?.stop();
    this.#negotiation.close();
    this.#connection?.close();
    this.#apart.close();
    this.#publishing.close();
    this.#receiving.close();
    this.#recovery.close();
  }

  // --- connection

  #connect() {
    this.#connection?.close();
    this.#apart.forget();
    this.#number = "";
    this.#offered = false;
    this.#connection = new RTCPeerConnection(this.#configuration());
    this.#publishing.attach(this.#connection);
    this.#recovery.follow(this.#connection);
    this.#wish();
  }

  /** Nothing arrives: whatever the browser still believes, the way is looked for anew. */
  #silence() {
    this.check();
    this.#callbacks.onSilence();
  }

  #connectApart() {
    this.#apart.forget();
    this.#wish();
  }

  #connections() {
    return [this.#connection, this.#apart.connection].filter(Boolean);
  }

  #configuration() {
    return { iceServers: this.#relays, bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" };
  }

  // --- negotiation

  #wish() {
    if (this.#connection) this.#negotiation.wish();
  }

  /** Negotiate the own tracks too, where they have a connection apart. */
  #offerAgain() {
    this.#offered = false;
    this.#wish();
  }

  async #negotiate() {
    const connection = this.#connection;
    try {
      if (!this.#sendsApart || !this.#offered) await this.#exchange(connection);
      if (this.#sendsApart && connection === this.#connection) {
        await this.#apart.negotiate(this.#configuration());
        this.#recovery.expectApart(this.#apart.connection);
      }
      return this.#receiving.complete ? "complete" : "incomplete";
    } catch (error) {
      if (connection !== this.#connection || this.#closed) return "replaced";
      console.warn("media negotiation:", error?.code || error?.message || error);
      await this.#rollBack(connection);
      return connection === this.#connection ? "failed" : "replaced";
    }
  }

  async #exchange(connection) {
    this.#publishing.prepareLines(connection);
    if (!this.#sendsApart) this.#receiving.prepareLines(connection, this.#publishing.lines);
    await connection.setLocalDescription(await connection.createOffer());
    const answer = await withinReason(this.#callbacks.offer(withoutAddresses(connection.localDescription.sdp)));
    if (connection !== this.#connection || this.#closed) return;
    const number = connectionNumber(answer);
    if (this.#number && number !== this.#number) {
      this.reconnect();
      return;
    }
    await connection.setRemoteDescription({ type: "answer", sdp: answer });
    this.#number = number;
    this.#publishing.fitLayers();
    this.#offered = true;
    this.#sendsApart = receivesApart(answer);
    if (!this.#sendsApart) this.#receiving.handOver(connection, sourcesIn(answer));
    this.#recovery.expectMedia();
  }

  async #rollBack(connection) {
    try {
      if (connection.signalingState === "have-local-offer") await connection.setLocalDescription({ type: "rollback" });
    } catch {
      this.reconnect();
    }
  }
}

function withinReason(answer) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("no answer")), ANSWER_WITHIN));
  return Promise.race([answer, late]);
}
