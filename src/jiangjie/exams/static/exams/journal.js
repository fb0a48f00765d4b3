// The journal of answers on this machine: what was written, and what the server has confirmed.
// One database a seat; it outlives a crash of the browser and a cut of the power.

const SAVES = "saves";
const NOTES = "notes"; // flags; and what a reload without the line needs (exam.js)

export async function openJournal(seat) {
  const asked = indexedDB.open(`jiangjie-seat-${seat}`, 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore(SAVES, { keyPath: ["session", "sequence"] });
    asked.result.createObjectStore(NOTES);
  };
  const database = await answered(asked);
  return new Journal(database);
}

class Journal {
  constructor(database) {
    this.database = database;
  }

  async all() {
    return answered(this.#store(SAVES, "readonly").getAll());
  }

  // Resolves when the save is on this machine's disk.
  async put(save) {
    await this.#write(SAVES, (store) => store.put(save));
  }

  // `confirmed`: the server's time of its answer.
  async settle(saves, state, confirmed) {
    await this.#write(SAVES, (store) => saves.forEach((save) => store.put({ ...save, state, confirmed })));
  }

  async note(name, value) {
    await this.#write(NOTES, (store) => store.put(value, name));
  }

  async noted(name) {
    return answered(this.#store(NOTES, "readonly").get(name));
  }

  async forget(name) {
    await this.#write(NOTES, (store) => store.delete(name));
  }

  #store(name, mode) {
    return this.database.transaction(name, mode).objectStore(name);
  }

  #write(name, deed) {
    const transaction = this.database.transaction(name, "readwrite", { durability: "strict" });
    deed(transaction.objectStore(name));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  }
}

function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
