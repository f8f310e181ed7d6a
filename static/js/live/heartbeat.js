// The heartbeat of a socket: whether the server still answers. A socket that brings no answers is given up.

const BEAT_EVERY = 1_000;
const SILENT = 4_000; // a beat unanswered for this long: the line counts as cut, a new socket is tried
const SILENT_AT_MOST = 12_000; // where that was wrong before: a slow network must not lose its socket again and again
const DOUBTED = 0.5; // of that time is enough where media say the same
const ANSWER_TO_DOUBT = 500;

export class Heartbeat {
  #socket;
  #giveUp;
  #timer;
  #doubt = 0;
  #unanswered = null; // when the oldest beat without an answer was sent
  #heard = 0;
  #patience = SILENT;

  /** giveUp(): the socket brings no answers any more. */
  constructor(socket, giveUp) {
    this.#socket = socket;
    this.#giveUp = giveUp;
    this.#timer = setInterval(() => this.#beat(), BEAT_EVERY);
  }

  /** The socket is there, or is being made anew. */
  begin() {
    clearTimeout(this.#doubt);
    this.#unanswered = null;
    this.#heard = performance.now();
  }

  /** No media arrive any more. If the server doesn't answer either, the line counts as cut earlier. */
  doubt() {
    clearTimeout(this.#doubt);
    const heard = this.#heard;
    this.#beat();
    const wait = Math.max(ANSWER_TO_DOUBT, heard + this.#patience * DOUBTED - performance.now());
    this.#doubt = setTimeout(() => this.#socket.connected && this.#heard === heard && this.#cut(), wait);
  }

  stop() {
    clearInterval(this.#timer);
    clearTimeout(this.#doubt);
  }

  #beat() {
    if (!this.#socket.connected) return;
    const now = performance.now();
    if (this.#unanswered !== null && now - this.#unanswered > this.#patience) {
      this.#cut();
      return;
    }
    this.#unanswered ??= now;
    this.#socket.volatile.emit("command", "beat", {}, () => {
      if (performance.now() - now < SILENT / 4) this.#patience = SILENT;
      this.#unanswered = null;
      this.#heard = performance.now();
    });
  }

  #cut() {
    this.#patience = Math.min(this.#patience * 2, SILENT_AT_MOST);
    this.#giveUp();
  }
}
