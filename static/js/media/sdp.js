// The few things that the page reads in session descriptions.

/** The offer without anything that tells where this device is. */
export function withoutAddresses(sdp) {
  return sdp
    .split("\r\n")
    .filter((line) => !line.startsWith("a=candidate:") && line !== "a=end-of-candidates")
    .map((line) => (line.startsWith("c=") ? "c=IN IP4 0.0.0.0" : line))
    .join("\r\n");
}

/** Which source each line of the answer carries: Map mid -> {peer, kind}; lines without one are left out. */
export function sourcesIn(answer) {
  const found = new Map();
  for (const section of answer.split("\r\nm=").slice(1)) {
    const mid = /^a=mid:(.+)$/m.exec(section)?.[1];
    const msid = /^a=msid:(\S+) (\S+)$/m.exec(section);
    if (mid && msid) found.set(mid.trim(), { peer: msid[1], kind: msid[2] });
  }
  return found;
}

/** Whether the server sends on a connection apart, which it offers itself. */
export function receivesApart(answer) {
  return /^a=x-receive-apart\r?$/m.test(answer);
}

/** The number of the server's side of the connection; another one means that the server forgot this one. */
export function connectionNumber(answer) {
  return /^o=- (\d+) /m.exec(answer)?.[1] ?? "";
}
