// Camera and microphone follow the seat: alone in a waiting room nothing is switched on; together, the call runs.

import { MediaCall } from "../media/call.js";
import { Relays } from "./relays.js";
import { together } from "./seat.js";

export class SeatCall {
  #connection;
  #on;
  #call = null;
  #relays;
  #epoch = 0;
  #ended = false;
  #silent = false;
  #wish = { audio: true, video: true };
  #sides = null;
  troubles = { audio: null, video: null };
  sharing = false;

  /** on: {track, end, state, devices} */
  constructor(connection, on, wish) {
    this.#connection = connection;
    this.#on = on;
    Object.assign(this.#wish, wish);
    this.#relays = new Relays(
      () => connection.ask("relay"),
      (servers) => this.#call?.setRelays(servers),
    );
  }

  get running() {
    return this.#call !== null;
  }

  get stream() {
    return this.#call?.localStream ?? null;
  }

  /** Whether media is being connected again: nobody is seen or heard until then. */
  get cut() {
    return this.#call?.state === "reconnecting";
  }

  /** Whether media go on, as far as can be seen here: so do the others' then, also without a socket. */
  get arrives() {
    return this.#call?.state === "connected" && !this.#silent;
  }

  isOn(kind) {
    return Boolean(this.#call) && !this.#call.isMuted(kind);
  }

  /** Camera and microphone go off now and stay off, whatever still arrives. */
  end() {
    this.#ended = true;
    this.#relays.stop();
    this.stop();
  }

  /** Make the call match what the server says in a snapshot. */
  follow(snapshot) {
    if (this.#ended || !together(snapshot)) {
      this.stop();
      return;
    }
    if (!this.#call) this.#start();
    if (this.#epoch && this.#epoch !== snapshot.media_epoch + 1) this.#call.reconnect();
    this.#epoch = snapshot.media_epoch + 1;
    const screens = new Set(snapshot.people.filter((person) => person.screen).map((person) => person.id));
    this.#call.setSources(snapshot.receive.map((peer) => ({ peer, screen: screens.has(peer) })));
    if (this.sharing && !snapshot.you.may_share_screen) this.toggleScreen();
  }

  /** How large everybody is shown: {participant id: longer side of the tile in pixels}. */
  prefer(sides) {
    this.#sides = sides;
    if (this.#call) this.#tellSides();
  }

  /** The layers of one's own camera that anybody takes. */
  setLayers(layers) {
    this.#call?.setLayers(layers);
  }

  /** Switch microphone or camera off or on; the wish is kept for the next room. */
  async toggle(kind) {
    const muted = !this.#call.isMuted(kind);
    this.#wish[kind] = !muted;
    this.troubles[kind] = await this.#call.setMuted(kind, muted);
    this.#tell();
  }

  async toggleScreen() {
    try {
      if (this.sharing) await this.#call.stopScreen();
      else await this.#call.shareScreen();
    } catch {
      // the person closed the browser's question; `sharing` follows what really runs (onDevice)
    }
    this.#tell();
  }

  /** The socket is there: after it came back the server no longer knows what is switched on. */
  tellAgain() {
    this.#relays.renew();
    if (!this.#call) return;
    this.#call.check();
    this.#tell();
  }

  stop() {
    if (!this.#call) return;
    this.#call.close();
    this.#call = null;
    this.#silent = false;
    this.#epoch = 0;
    this.sharing = false;
    this.#tell();
  }

  async #start() {
    const call = new MediaCall({
      offer: async (sdp) => {
        this.#tellSides(); // with every offer, because another media worker may have taken over
        return this.#negotiate("offer", { sdp });
      },
      receive: (what) => this.#negotiate("receive", what),
      onTrack: (given) => this.#on.track(given),
      onEnd: (given) => this.#on.end(given),
      onState: (state) => this.#on.state(state),
      onSilence: () => {
        this.#hears(call, false);
        this.#connection.doubt();
      },
      onAgain: () => {
        this.#hears(call, true);
        this.#connection.trust();
      },
      onDevice: ({ kind, on }) => {
        if (kind === "screen") this.sharing = on;
        if (call === this.#call) this.#tell();
      },
    });
    this.#call = call;
    call.setRelays(await this.#relays.servers);
    if (call !== this.#call) return;
    this.troubles = await call.start(this.#wish);
    if (call !== this.#call) return; // moved away meanwhile
    this.#tell();
  }

  #hears(call, something) {
    this.#silent = !something;
    this.#on.state(call.state);
  }

  /** Without a socket it fails at once: an offer that waited for one would be of the network before. */
  async #negotiate(name, what) {
    if (!this.#connection.connected) throw new Error("no socket");
    return (await this.#connection.ask(name, what)).sdp;
  }

  #tellSides() {
    if (this.#sides) this.#connection.ask("prefer", { pixels: this.#sides }).catch(() => {});
  }

  #tell() {
    const devices = { microphone: this.isOn("audio"), camera: this.isOn("video"), screen: this.sharing };
    this.#connection.ask("devices", devices).catch(() => {});
    this.#on.devices(devices);
  }
}
