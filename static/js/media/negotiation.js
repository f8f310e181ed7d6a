// Offers and answers, one exchange at a time: a wish during one is fulfilled by the next, what failed is tried again.

const RETRY_FIRST = 300;
const RETRY_LAST = 4_000;

export class Negotiation {
  #exchange;
  #running = false;
  #wished = false;
  #pause = RETRY_FIRST;
  #retry = 0;
  #closed = false;

  /** exchange(): resolves "complete", "incomplete" (something is still to come), "replaced" (by a new connection), "failed". */
  constructor(exchange) {
    this.#exchange = exchange;
  }

  /** Negotiate now, or once more after the exchange that is under way. */
  wish() {
    this.#wished = true;
    if (this.#running || this.#closed) return;
    clearTimeout(this.#retry);
    this.#untilDone();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#retry);
  }

  async #untilDone() {
    this.#running = true;
    let outcome = "";
    while (this.#wished && !this.#closed && outcome !== "failed") {
      this.#wished = false;
      outcome = await this.#exchange();
      if (outcome === "complete") this.#pause = RETRY_FIRST;
      else if (outcome === "replaced") this.#wished = true;
      else this.#later();
    }
    this.#running = false;
  }

  #later() {
    clearTimeout(this.#retry);
    if (this.#closed) return;
    this.#retry = setTimeout(() => this.wish(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, RETRY_LAST);
  }
}
