// Whom this person sees and hears: the lines that the server gives to the sources that the snapshot names.

export class Receiving {
  #onTrack;
  #onEnd;
  #wanted = [];
  #given = new Map();
  #streams = new Map();

  /** onTrack({peer, kind, track, stream}), again for the same person = it replaces the former; onEnd({peer, kind}). */
  constructor({ onTrack, onEnd }) {
    this.#onTrack = onTrack;
    this.#onEnd = onEnd;
  }

  /** Whom to receive from now on: [{peer, screen}]. Gives whether that is something new. */
  want(sources) {
    const next = sources.map(({ peer, screen = false }) => ({ peer, screen: Boolean(screen) }));
    if (JSON.stringify(next) === JSON.stringify(this.#wanted)) return false;
    this.#wanted = next;
    for (const [mid, given] of [...this.#given]) {
      if (!this.#isWanted(given)) this.#end(mid);
    }
    return true;
  }

  /** Whether every source has its lines. */
  get complete() {
    const given = this.#names();
    return this.#wanted.every(
      ({ peer, screen }) =>
        given.has(`${peer} audio`) && given.has(`${peer} video`) && (!screen || given.has(`${peer} screen`)),
    );
  }

  /** As many lines as sources: a voice and a camera each, a second picture for a shared screen. `own` lines don't count. */
  prepareLines(connection, own) {
    const screens = this.#wanted.filter((source) => source.screen).length;
    const needed = { audio: this.#wanted.length, video: this.#wanted.length + screens };
    for (const transceiver of connection.getTransceivers()) {
      if (!own.has(transceiver)) needed[transceiver.receiver.track.kind] -= 1;
    }
    for (const kind of ["audio", "video"]) {
      for (; needed[kind] > 0; needed[kind] -= 1) connection.addTransceiver(kind, { direction: "recvonly" });
    }
  }

  /** The server has said whose track each line of this connection carries: Map mid -> {peer, kind}. */
  handOver(connection, sources) {
    for (const [mid, former] of [...this.#given]) {
      const now = sources.get(mid);
      const same = now && now.peer === former.peer && now.kind === former.kind;
      if (!same && former.connection === connection) this.#end(mid);
    }
    const former = [...this.#given.values()];
    this.#given = new Map([...this.#given].filter(([, given]) => given.connection === connection));
    for (const transceiver of connection.getTransceivers()) {
      const source = sources.get(transceiver.mid);
      if (source && this.#isWanted(source) && !this.#given.has(transceiver.mid)) {
        this.#give(connection, transceiver, source);
      }
    }
    const still = this.#names();
    for (const { peer, kind } of former) {
      if (!still.has(`${peer} ${kind}`)) this.#onEnd({ peer, kind });
    }
  }

  close() {
    for (const mid of [...this.#given.keys()]) this.#end(mid);
  }

  #isWanted({ peer, kind }) {
    return this.#wanted.some((source) => source.peer === peer && (kind !== "screen" || source.screen));
  }

  #names() {
    return new Set([...this.#given.values()].map(({ peer, kind }) => `${peer} ${kind}`));
  }

  #give(connection, transceiver, { peer, kind }) {
    const { track } = transceiver.receiver;
    const name = kind === "screen" ? `${peer} screen` : peer;
    const stream = this.#streams.get(name) ?? new MediaStream();
    this.#streams.set(name, stream);
    for (const old of stream.getTracks()) {
      if (old.kind === track.kind && old !== track) stream.removeTrack(old);
    }
    stream.addTrack(track);
    this.#given.set(transceiver.mid, { peer, kind, connection, track, stream });
    this.#onTrack({ peer, kind, track, stream });
  }

  #end(mid) {
    const { peer, kind, track, stream } = this.#given.get(mid);
    stream.removeTrack(track);
    this.#given.delete(mid);
    this.#onEnd({ peer, kind });
  }
}
