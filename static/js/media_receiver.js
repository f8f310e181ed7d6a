// Where the engine sends on a connection apart: the server offers it, the page answers. Protocol: docs/media.md

import { connectionNumber, sourcesIn, withoutAddresses } from "./media_sdp.js";

export class Receiver {
  #ask;
  #onSources;
  #onState;
  #number = "";
  #restart = false;
  connection = null;

  /**
   * ask({number, restart}) -> the server's offer, ask({answer}) when it is answered.
   * onSources(connection, Map mid -> {peer, kind}) before anything new flows; onState(connectionState).
   */
  constructor({ ask, onSources, onState }) {
    this.#ask = ask;
    this.#onSources = onSources;
    this.#onState = onState;
  }

  /** Learn whose track each line carries, with a new connection if the server has another one. */
  async negotiate(configuration) {
    const offer = await this.#ask({ number: this.#number, restart: this.#restart });
    if (!offer) return; // nothing to receive yet
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

  #open(number, configuration) {
    this.forget();
    const connection = new RTCPeerConnection(configuration);
    connection.onconnectionstatechange = () => {
      if (connection === this.connection) this.#onState(connection.connectionState);
    };
    this.connection = connection;
    this.#number = number;
  }
}
