// The socket of a live session: commands with an answer, snapshots in order. Protocol: docs/protocol.md

import { io } from "../../vendor/socket.io.esm.min.js";
import { Heartbeat } from "./heartbeat.js";

const ANSWER_WITHIN = 8_000;
const CONNECT_WITHIN = 8_000;

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
  #came = false;
  #heartbeat;
  #network = navigator.connection?.type;
  #leaving = new AbortController();
  clockShift = 0; // milliseconds that this device's clock is behind the server's

  /** auth: {session} for staff, {invitation} for participants. on: {snapshot, ended, speaking, pictures, layers, agreement, state}. */
  constructor(auth, on) {
    this.#socket = io({
      auth: (give) => give({ ...auth, again: this.#came }),
      transports: ["websocket", "polling"],
      timeout: CONNECT_WITHIN,
      reconnectionDelay: 300,
      reconnectionDelayMax: 1_000,
    });
    this.#socket.on("connect", () => {
      this.#version = 0;
      this.#came = true;
      this.#heartbeat.begin();
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
    for (const name of ["speaking", "pictures", "layers", "agreement"]) this.#socket.on(name, (event) => on[name]?.(event));
    this.#heartbeat = new Heartbeat(this.#socket, () => this.#anew());
    const { signal } = this.#leaving;
    window.addEventListener("online", () => this.#anew(), { signal });
    navigator.connection?.addEventListener("change", () => this.#networkChanged(), { signal });
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

  /** No media arrive any more: the line may be cut. */
  doubt() {
    this.#heartbeat.doubt();
  }

  /** Media arrive again: so does a socket now, if there is none. */
  trust() {
    if (!this.connected) this.#anew();
  }

  close() {
    this.#leaving.abort();
    this.#heartbeat.stop();
    this.#socket.disconnect();
  }

  /** Another kind of network (Wi-Fi, mobile): a socket over the former one would only time out. */
  #networkChanged() {
    const before = this.#network;
    this.#network = navigator.connection.type;
    if (before !== this.#network) this.#anew();
  }

  /** Give up this socket, or the attempt to have one, and try at once. */
  #anew() {
    this.#heartbeat.begin();
    this.#socket.disconnect().connect();
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
