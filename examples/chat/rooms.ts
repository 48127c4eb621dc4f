// The rooms there are. One is made when the first person enters it; when the last one leaves, what was said is kept for
// those who come back, but only for so many rooms.

import { Room } from "./room.js";

const maxEmptyRooms = 100;

export class Rooms {
  readonly #rooms = new Map<string, Room>();
  /** In the order in which they fell empty. */
  readonly #empty = new Set<Room>();

  find(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  /** The room of this name, which is new when there was none. */
  open(name: string): Room {
    const room = this.#rooms.get(name) ?? new Room(name);
    this.#rooms.set(name, room);
    this.#empty.delete(room);
    return room;
  }

  /** To be called when somebody has left it. */
  tidy(room: Room): void {
    if (!room.isEmpty) return;
    this.#empty.add(room);
    for (const old of this.#empty) {
      if (this.#empty.size <= maxEmptyRooms && !old.history.isEmpty) continue;
      this.#empty.delete(old);
      this.#rooms.delete(old.name);
    }
  }
}
