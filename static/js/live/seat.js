// What a snapshot says about the seat one has.

/** Whether this person shares a room with anybody, or sits where others come and go. */
export function together({ you, people, session }) {
  if (session.state === "ended" || session.state === "cancelled") return false;
  return people.length > 0 || inRoom(you);
}

/** Whether there is a break where one sits: nobody sees or hears anybody, though all keep their seats. */
export function onBreak({ you, session }) {
  return session.paused && inRoom(you);
}

function inRoom({ place }) {
  return ["main", "caucus", "consultation"].includes(place);
}
