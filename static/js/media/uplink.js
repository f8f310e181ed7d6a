// Whether the network of this device carries what others take of its camera. Browsers share out a network that doesn't
// from the smallest size up: where that isn't sent, the larger ones would push the voice aside.

const LOOK_EVERY = 1_000;
const ENOUGH = 0.6; // of what the sizes take at their best: there each of them is still a good picture
const PROVEN_AFTER = 5; // looks in a row

export class Uplink {
  #connection;
  #needed;
  #onChange;
  #timer;
  #good = 0;

  /** Until the contrary is proven. A browser that doesn't tell what its network carries proves nothing. */
  weak = true;

  /** needed() gives what is sent at best, in bit/s; onChange() is called when `weak` has changed. */
  constructor(connection, needed, onChange) {
    this.#connection = connection;
    this.#needed = needed;
    this.#onChange = onChange;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY);
  }

  stop() {
    clearInterval(this.#timer);
  }

  async #look() {
    this.#good = (await carried(this.#connection)) > this.#needed() * ENOUGH ? this.#good + 1 : 0;
    const weak = this.#good === 0 || (this.weak && this.#good < PROVEN_AFTER);
    if (weak === this.weak) return;
    this.weak = weak;
    this.#onChange();
  }
}

/** What the browser believes that the network carries, in bit/s. */
async function carried(connection) {
  const pairs = [...(await connection.getStats()).values()].filter((entry) => entry.type === "candidate-pair");
  return Math.max(0, ...pairs.map((pair) => pair.availableOutgoingBitrate ?? 0));
}
