// Where the engine sends on a connection apart: the server offers it, the page answers. Protocol: docs/media.md

import { connectionNumber, sourcesIn, withoutAddresses } from "./sdp.js";

export class ApartConnection {
  #ask;
  #onOpen;
  #onSources;
  #number = "";
  #restart = false;
  #closed = false;
  connection = null;

  /**
   * ask({number, restart}) -> the server's offer, ask({answer}) when it is answered.
   * onOpen(connection) for a new one; onSources(connection, Map mid -> {peer, kind}) before anything new flows.
   */
  constructor({ ask, onOpen, onSources }) {
    this.#ask = ask;
    this.#onOpen = onOpen;
    this.#onSources = onSources;
  }

  /** Learn whose track each line carries, with a new connection if the server has another one. */
  async negotiate(configuration) {
    try {
      await this.#exchange(configuration);
    } catch (error) {
      this.forget(); // it may be half way
      throw error;
    }
  }

  /** The next negotiation restarts ICE. */
  restartIce() {
    this.#restart = true;
  }

  /** The next negotiation makes a new connection. */
  forget() {
    this.connection?.close();
    this.connection = null;
    this.#number = "";
    this.#restart = false;
  }

  close() {
    this.#closed = true;
    this.forget();
  }

  async #exchange(configuration) {
    const offer = await this.#ask({ number: this.#number, restart: this.#restart });
    if (!offer || this.#closed) return; // nothing to receive yet, or no longer
    const number = connectionNumber(offer);
    if (number !== this.#number) this.#open(number, configuration);
    else this.connection.setConfiguration(configuration); // rights to relays are renewed
    this.#restart = false;
    const { connection } = this;
    await connection.setRemoteDescription({ type: "offer", sdp: offer });
    this.#onSources(connection, sourcesIn(offer));
    await connection.setLocalDescription(await connection.createAnswer());
    await this.#ask({ answer: withoutAddresses(connection.localDescription.sdp) });
  }

  #open(number, configuration) {
    this.forget();
    this.connection = new RTCPeerConnection(configuration);
    this.#number = number;
    this.#onOpen(this.connection);
  }
}
