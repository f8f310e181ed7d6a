// The page of one person on the stage: ?me=NAME. Shows everybody it is given; keeps times for the tests.

import { MediaCall } from "/static/js/media/call.js";

const me = new URLSearchParams(location.search).get("me");
const socket = new WebSocket(`ws://${location.host}/line/${me}`);
const answers = new Map();
let number = 0;

const stage = (window.stage = { states: [], arrivals: [], errors: null });

function element(peer, kind) {
  const id = `${peer}-${kind === "screen" ? "screen" : "person"}`;
  let video = document.getElementById(id);
  if (!video) {
    video = Object.assign(document.createElement("video"), { id, autoplay: true, playsInline: true });
    document.getElementById("people").append(video);
  }
  return video;
}

function ask(what) {
  return new Promise((resolve, reject) => {
    number += 1;
    answers.set(number, { resolve, reject });
    socket.send(JSON.stringify({ id: number, ...what }));
  });
}

const call = (window.call = new MediaCall({
  offer: (sdp) => ask({ offer: sdp }),
  receive: (what) => ask({ receive: what }),
  onTrack: ({ peer, kind, stream }) => {
    const video = element(peer, kind);
    if (video.srcObject !== stream) video.srcObject = stream;
  },
  onEnd: ({ peer, kind }) => {
    if (kind !== "audio") element(peer, kind).remove();
  },
  onState: (state) => stage.states.push(state),
  onSilence: () => stage.arrivals.push("silence"),
  onAgain: () => stage.arrivals.push("again"),
}));

socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.id) {
    const { resolve, reject } = answers.get(message.id);
    answers.delete(message.id);
    if (message.error) reject(new Error(message.error));
    else resolve(message.answer);
    return;
  }
  if (message.layers) {
    call.setLayers(message.layers);
    return;
  }
  call.setSources(message.sources);
  if (message.restarted) call.reconnect();
};

/** How large this page shows everybody. */
stage.prefer = (sides) => socket.send(JSON.stringify({ sides }));

/** Decoded frames by person and the sound received, from the browser's figures. */
stage.figures = async () => {
  const mids = {};
  const result = { sent: 0, people: {} };
  const connection = stage.connection();
  if (!connection) return result;
  const stats = await connection.getStats();
  for (const entry of stats.values()) {
    if (entry.type === "outbound-rtp" && entry.kind === "video") result.sent = Math.max(result.sent, entry.framesSent || 0);
    if (entry.type === "inbound-rtp") mids[entry.mid] = entry;
  }
  for (const video of document.querySelectorAll("video")) {
    const [track] = video.srcObject?.getVideoTracks() ?? [];
    const line = connection.getTransceivers().find((t) => t.receiver.track === track);
    const entry = line && mids[line.mid];
    result.people[video.id.split("-")[0]] = { decoded: entry?.framesDecoded ?? 0, width: entry?.frameWidth ?? 0 };
  }
  return result;
};

// the page's own RTCPeerConnections are private to its scripts: remember those that were made
const Native = window.RTCPeerConnection;
const connections = [];
window.RTCPeerConnection = class extends Native {
  constructor(...args) {
    super(...args);
    connections.push(this);
  }
};
stage.connection = () => connections.at(-1) ?? null;

/** How many frames of each layer of the own camera were sent. */
stage.sent = async () => {
  const all = await Promise.all(connections.map((connection) => connection.getStats()));
  const layers = all.flatMap((stats) => [...stats.values()]).filter((s) => s.type === "outbound-rtp" && s.kind === "video");
  return Object.fromEntries(layers.map((layer) => [layer.rid, layer.framesSent ?? 0]));
};

socket.onopen = async () => {
  stage.errors = await call.start({ audio: true, video: true });
};
