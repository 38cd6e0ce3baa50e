/** The page: its parts, and the stream that feeds them. */
import { complain, earlierTexts, knownFaults, texts } from "./api.js";
import { byId } from "./dom.js";
import { Explained } from "./explained.js";
import { Faults, statusNames } from "./faults.js";
import { shortcuts } from "./keys.js";
import { Live } from "./live.js";
import { Pdus } from "./pdus.js";
import { Phones } from "./phones.js";
import { Sessions } from "./sessions.js";

document.body.append(statusNames());

const phones = new Phones();
const faults = new Faults();
const explained = new Explained();
const pdus = new Pdus({
  // The explanation takes room from the list when it is there for the first time.
  chosen: (id) => void explained.show(id).then(() => pdus.reveal()),
  filtered: (query) => live.open(query),
});
const sessions = new Sessions((session) => pdus.showOnly(session));

const live = new Live({
  opened: () => void load(),
  state: (state) => {
    sessions.show(state);
    pdus.showSessions(state);
  },
  texts: (changed) => phones.update(changed),
  faults: (inForce) => faults.show(inForce),
  pdus: (news) => pdus.update(news),
});

/** Everything that the stream does not begin with. */
async function load() {
  try {
    const [kept, known] = await Promise.all([texts(), knownFaults(), pdus.load()]);
    faults.load(known);
    const [oldest] = kept;
    const others = oldest === undefined ? [] : await earlierTexts({ before: oldest.id, limit: 1 });
    phones.load(kept, others.length > 0);
  } catch (error) {
    complain(error);
  }
}

byId("log", HTMLElement).addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  explained.focus();
});
byId("explained", HTMLElement).addEventListener("keydown", (event) => {
  if (event.key === "Escape") pdus.focus();
});

shortcuts({
  s: () => byId("sessions", HTMLElement).focus(),
  m: () => byId("text", HTMLTextAreaElement).focus(),
  n: () => byId("number", HTMLInputElement).select(),
  l: () => pdus.focus(),
  c: () => explained.copy(),
  p: () => pdus.pause(),
  e: () => pdus.toggleErrors(),
  f: () => faults.focus(),
});

live.open("");
