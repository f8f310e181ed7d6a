// The socket of a live session: commands with an answer, a heartbeat, snapshots in order. Protocol: docs/protocol.md

import { io } from "../../vendor/socket.io.esm.min.js";

const ANSWER_WITHIN = 8_000;
const BEAT_EVERY = 1_000;

export class Refused extends Error {
  constructor({ code, message, fields }) {
    super(message || code);
    this.code = code;
    this.fields = fields || {};
  }
}

export class Connection {
  #socket;
  #version = 0;
  clockShift = 0; // milliseconds that this device's clock is behind the server's

  /** auth: {session} for staff, {invitation} for participants. on: {snapshot, ended, speaking, pictures, layer, agreement, state}. */
  constructor(auth, on) {
    this.#socket = io({ auth, transports: ["websocket", "polling"], reconnectionDelay: 300, reconnectionDelayMax: 2_000 });
    this.#socket.on("connect", () => {
      this.#version = 0;
      on.state("connected");
    });
    this.#socket.on("disconnect", (reason) => {
      on.state("lost");
      if (reason === "io server disconnect") setTimeout(() => this.#socket.active || this.#socket.connect(), 1_000);
    });
    this.#socket.on("connect_error", (error) => {
      const refusal = error.data || safelyParsed(error.message);
      if (refusal?.code) {
        this.close();
        on.ended(refusal);
      } else on.state("lost");
    });
    this.#socket.on("snapshot", (snapshot) => this.#receive(snapshot, on));
    this.#socket.on("ended", ({ reason }) => {
      this.close();
      on.ended({ code: reason });
    });
    for (const name of ["speaking", "pictures", "layer", "agreement"]) this.#socket.on(name, (event) => on[name]?.(event));
    this.beats = setInterval(() => this.#socket.connected && this.#socket.volatile.emit("command", "beat"), BEAT_EVERY);
  }

  get connected() {
    return this.#socket.connected;
  }

  /** Carry out a command; resolves its result, rejects with Refused or when no answer comes. */
  async ask(name, args = {}) {
    const answer = await this.#socket.timeout(ANSWER_WITHIN).emitWithAck("command", name, args);
    if (answer.error) throw new Refused(answer.error);
    return answer.ok;
  }

  close() {
    clearInterval(this.beats);
    this.#socket.disconnect();
  }

  #receive(snapshot, on) {
    if (this.#version && snapshot.version > this.#version + 1) this.ask("resync").catch(() => {});
    this.#version = snapshot.version;
    this.clockShift = new Date(snapshot.server_time) - Date.now();
    on.snapshot(snapshot);
  }
}

function safelyParsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
