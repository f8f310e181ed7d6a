// When media don't come, or stop: what the page is told, when ICE is restarted, and when a connection is made anew.

const CONNECTED_WITHIN = 6_000; // of the server's answer; else a new connection, and longer for that one
const CONNECTED_WITHIN_AT_MOST = 24_000;

export class Recovery {
  #act;
  #main = null;
  #apart = null;
  #timers = new Map();
  #patience = CONNECTED_WITHIN;
  #state = "connecting";

  /** act: state(name), restartIce(), connect(), connectApart(). States: connecting, connected, reconnecting, closed. */
  constructor(act) {
    this.#act = act;
  }

  get state() {
    return this.#state;
  }

  /** This connection is the person's now. */
  follow(connection) {
    this.#forgetTimers();
    this.#main = connection;
    this.#apart = null;
    this.#watch(connection, () => this.#main);
  }

  /** On this one the server sends to them. */
  followApart(connection) {
    this.#forgetTimer("apart");
    this.#apart = connection;
    this.#watch(connection, () => this.#apart);
  }

  /** The server has answered. Only from then on can waiting for media tell anything. */
  expectMedia() {
    this.#expect("main", this.#main, this.#patience, () => {
      this.#patience = Math.min(this.#patience * 2, CONNECTED_WITHIN_AT_MOST);
      this.reconnect();
    });
  }

  /** The same of the connection apart, null where there is nothing to receive yet. */
  expectApart(connection) {
    this.#expect("apart", connection, CONNECTED_WITHIN, () => this.#act.connectApart());
  }

  /** Make a new connection, for instance because the server no longer knows this one. */
  reconnect() {
    if (this.#state === "closed" || !this.#main) return;
    this.#tell("reconnecting");
    this.#act.connect();
  }

  close() {
    this.#forgetTimers();
    this.#tell("closed");
  }

  #watch(connection, current) {
    connection.onconnectionstatechange = () => {
      if (connection === current() && this.#state !== "closed") this.#changed(connection);
    };
  }

  #changed(connection) {
    const { connectionState } = connection;
    if (connectionState === "connected") {
      this.#arrived(connection === this.#main ? "main" : "apart");
      if (this.#main.connectionState === "connected" && !inTrouble(this.#apart)) this.#tell("connected");
    } else if (inTrouble(connection)) {
      this.#tell("reconnecting");
      this.#act.restartIce();
    }
  }

  #arrived(name) {
    this.#forgetTimer(name);
    if (name === "main") this.#patience = CONNECTED_WITHIN;
  }

  #expect(name, connection, patience, act) {
    if (!connection || connection.connectionState === "connected" || this.#timers.has(name)) return;
    const late = () => {
      this.#forgetTimer(name);
      act();
    };
    this.#timers.set(name, setTimeout(late, patience));
  }

  #forgetTimer(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  #forgetTimers() {
    for (const name of [...this.#timers.keys()]) this.#forgetTimer(name);
  }

  #tell(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#act.state(state);
  }
}

function inTrouble(connection) {
  return ["disconnected", "failed"].includes(connection?.connectionState);
}
