// Whether anything still arrives: a network that changed without a word to this device shows in nothing else as early.

const LOOK_EVERY = 400;
const SILENT = 1_000; // so long nothing at all, while the server reports every second at least to everybody
const TIMES_USUAL = 2.5; // and so much longer than it is usual here: who neither sends nor hears gets only the reports
const USUAL_AT_MOST = 1_500;
const FORGET = 0.95; // of what is usual, at each look
const LATE = 1_000; // a look that comes so late proves that this device was busy or asleep, not that nothing came

export class Arrivals {
  #connections;
  #on;
  #timer;
  #octets = 0;
  #since = 0;
  #looked = 0;
  #usual = USUAL_AT_MOST; // until more is known
  #silent = false;

  /** connections() gives those that are watched. on: silence(), once each time, and again(), when something arrives after it. */
  constructor(connections, on) {
    this.#connections = connections;
    this.#on = on;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY);
  }

  stop() {
    clearInterval(this.#timer);
  }

  async #look() {
    const now = performance.now();
    if (now - this.#looked > LOOK_EVERY + LATE) this.#since = now;
    this.#looked = now;
    const octets = await arrived(this.#connections());
    this.#usual *= FORGET;
    if (octets !== this.#octets) this.#came(octets, now);
    else if (!this.#silent && octets && now - this.#since > Math.max(SILENT, TIMES_USUAL * this.#usual)) {
      this.#silent = true;
      this.#on.silence();
    }
  }

  #came(octets, now) {
    this.#usual = Math.min(Math.max(now - this.#since, this.#usual), USUAL_AT_MOST);
    this.#octets = octets;
    this.#since = now;
    if (!this.#silent) return;
    this.#silent = false;
    this.#on.again();
  }
}

/** Octets of media and reports (not of connectivity checks) that have arrived on these connections. */
async function arrived(connections) {
  let sum = 0;
  for (const connection of connections) {
    for (const entry of (await connection.getStats()).values()) {
      if (entry.type === "candidate-pair") sum += entry.bytesReceived ?? 0;
    }
  }
  return sum;
}
