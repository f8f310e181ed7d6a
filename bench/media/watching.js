// In every page of the bench: when each frame of another person was shown, and how many packets came.

(() => {
  const watching = (window.watching = { opened: 0, frames: [] });
  const connections = [];

  const NativeSocket = window.WebSocket;
  window.WebSocket = class extends NativeSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("open", () => (watching.opened = Date.now()));
    }
  };

  const NativeConnection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends NativeConnection {
    constructor(...given) {
      super(...given);
      connections.push(this);
    }
  };

  function watch(video) {
    const note = () => {
      watching.frames.push(Date.now());
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  }

  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) if (node.tagName === "VIDEO") watch(node);
  }).observe(document, { childList: true, subtree: true });

  /** What all connections of this page received so far. */
  watching.received = async () => {
    const total = { packets: 0, frames: 0 };
    for (const connection of connections) {
      if (connection.connectionState === "closed") continue;
      for (const entry of (await connection.getStats()).values()) {
        if (entry.type !== "inbound-rtp") continue;
        total.packets += entry.packetsReceived || 0;
        total.frames += entry.framesDecoded || 0;
      }
    }
    return total;
  };
})();
