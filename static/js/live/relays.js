// The right to use the relay: asked for when the socket is there, renewed before it ends.

const RENEW_AT = 0.75; // of its time
const AGAIN_AFTER = 10_000;

export class Relays {
  #ask;
  #changed;
  #timer = 0;
  /** Resolves iceServers for RTCPeerConnection. */
  servers = Promise.resolve([]);

  /** ask(): the server's answer to "relay"; changed(servers): newer ones are here. */
  constructor(ask, changed) {
    this.#ask = ask;
    this.#changed = changed;
  }

  /** Ask now, and again before the right ends. */
  async renew() {
    clearTimeout(this.#timer);
    const before = this.servers;
    const asked = this.#ask();
    this.servers = asked.then(({ servers }) => servers).catch(() => before);
    try {
      const { servers, seconds } = await asked;
      this.#changed(servers);
      if (seconds) this.#timer = setTimeout(() => this.renew(), seconds * 1_000 * RENEW_AT);
    } catch (error) {
      // Refused is refused; without an answer the next socket asks, or this one does later.
      if (!error.code) this.#timer = setTimeout(() => this.renew(), AGAIN_AFTER);
    }
  }

  stop() {
    clearTimeout(this.#timer);
  }
}
