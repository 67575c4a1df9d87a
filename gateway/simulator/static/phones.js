"use strict";
// A basic phone, several times. It knows what a network knows: the webhooks, and its own inbox.
const { hooks, code, shortCode, numbers, mappings } = document.body.dataset;
const gsm = JSON.parse(document.body.dataset.gsm), tour = JSON.parse(document.body.dataset.tour);
const says = JSON.parse(document.body.dataset.says);
const dialects = { africastalking };
for (const [name, ussd] of Object.entries(JSON.parse(mappings))) dialects[name] = aggregator(name, ussd);
const POLL_MS = 1000, READ_MS = 1600, KEY_MS = 45;

function pause(ms) { return new Promise((done) => setTimeout(done, ms)); }
function form(fields) { return new URLSearchParams(fields); }
function random(length) {
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), (b) => b.toString(16).padStart(2, "0")).join("");
}

// The GSM alphabet comes with the page, from the code that counts for the gateway; null where a letter is outside.
function septets(text) {
  let size = 0;
  for (const letter of text) {
    if (gsm.basic.includes(letter)) size += 1;
    else if (gsm.extension.includes(letter)) size += 2;
    else return null;
  }
  return size;
}

class Phone {
  constructor(number) {
    this.node = document.getElementById("phone").content.firstElementChild.cloneNode(true);
    this.session = null;
    this.read = 0;
    this.seen = new Map();
    this.$(".dialled").value = code;
    this.$(".dial").addEventListener("submit", (e) => { e.preventDefault(); this.dial(); });
    this.$(".reply").addEventListener("submit", (e) => { e.preventDefault(); this.reply(); });
    this.$(".write").addEventListener("submit", (e) => { e.preventDefault(); this.write(); });
    this.$(".hang").addEventListener("click", () => this.close(says.hung_up));
    this.$(".cut").addEventListener("click", () => this.cut());
    this.$(".again").addEventListener("click", () => this.sendInput());
    this.$(".close").addEventListener("click", () => { clearInterval(this.timer); this.node.remove(); });
    this.$(".msisdn").addEventListener("change", () => this.becomes(this.number));
    this.$(".person").addEventListener("change", (e) => { this.becomes(e.target.value); });
    for (const tab of this.node.querySelectorAll(".tab")) tab.addEventListener("click", () => this.show(tab.dataset.tab));
    this.node.phone = this;
    document.getElementById("phones").append(this.node);
    this.becomes(number);
    this.timer = setInterval(() => this.poll(), POLL_MS);
  }
  $(selector) { return this.node.querySelector(selector); }
  // Another person holds the phone: their number, and the messages that it has had.
  becomes(number) {
    const known = [...this.$(".person").options].some((option) => option.value === number);
    this.$(".person").value = known ? number : "";
    this.$(".msisdn").value = number;
    if (number === "") this.$(".msisdn").focus();
    this.seen.clear();
    this.read = 0;
    this.poll();
  }
  get number() { return this.$(".msisdn").value.trim(); }

  show(tab) {
    for (const button of this.node.querySelectorAll(".tab")) {
      button.setAttribute("aria-selected", String(button.dataset.tab === tab));
    }
    this.$(".ussd").hidden = tab !== "ussd";
    this.$(".sms").hidden = tab !== "sms";
    if (tab === "sms") { this.read = this.received().length; this.badge(); }
  }

  dial() {
    const dialect = dialects[this.$(".dialect").value];
    this.session = { id: "ATUid_" + random(16), number: this.number, code: this.$(".dialled").value, dialect };
    this.last = { first: true, number: 1, typed: "", whole: "" };
    return this.sendInput();
  }
  press() {
    const typed = this.$(".typed").value;
    const whole = this.last.whole === "" ? typed : this.last.whole + "*" + typed;
    this.last = { first: false, number: this.last.number + 1, typed, whole };
    this.$(".typed").value = "";
  }
  reply() {
    this.press();
    return this.sendInput();
  }
  // The gateway gets what was typed, the phone never sees the answer: a time-out, a lost network, a call.
  async cut() {
    if (this.$(".typed").value) this.press();
    await this.send();
    this.close(says.cut_off);
  }
  send() {
    const { path, method, body } = this.session.dialect.request(this.session, this.last);
    return this.post(path, body, method);
  }
  async sendInput() {
    const answer = await this.send();
    const screen = answer === null ? null : this.session.dialect.read(answer);
    if (screen === null) return this.close(says.no_network);
    if (screen.ends) return this.close(screen.text);
    this.display(screen.text);
    this.$(".dial").hidden = true;
    this.$(".reply").hidden = false;
    this.$(".typed").focus();
  }
  close(text) {
    this.session = null;
    this.display(text);
    this.$(".dial").hidden = false;
    this.$(".reply").hidden = true;
  }
  display(text) {
    this.$(".screen").textContent = text;
    const size = septets(text);
    this.$(".size").textContent = size === null ? says.not_gsm : size + says.of_160;
  }

  // Plays a whole report, at the pace at which somebody reads and types.
  async play(inputs) {
    this.show("ussd");
    await this.dial();
    for (const typed of inputs) {
      await pause(READ_MS);
      for (const letter of typed) {
        if (!this.session) return;
        this.$(".typed").value += letter;
        await pause(KEY_MS);
      }
      if (!this.session) return;
      await this.reply();
    }
  }

  async write() {
    const text = this.$(".text").value;
    const at = new Date();
    const id = "ATSms_" + random(10);
    const answer = await this.post("/africastalking/sms", form({
      id, from: this.number, to: shortCode, text, date: at.toISOString().slice(0, 19) + "Z", networkCode: "99999",
    }));
    this.$(".sent").textContent = answer === null ? says.not_sent : says.sent;
    if (answer === null) return;
    this.seen.set(id, { id, text, at: at.getTime() / 1000, mine: true });
    this.$(".text").value = "";
    this.list();
  }
  async poll() {
    try {
      const answer = await fetch("/simulator/inbox?number=" + encodeURIComponent(this.number));
      for (const sms of await answer.json()) this.seen.set(sms.id, sms);
      this.list();
    } catch { /* the gateway is restarting: the next poll sees it again */ }
  }
  received() { return [...this.seen.values()].filter((sms) => !sms.mine); }
  list() {
    const items = [...this.seen.values()].sort((a, b) => a.at - b.at).map((sms) => {
      const item = document.createElement("li");
      item.textContent = sms.text;
      if (sms.mine) { item.className = "mine"; return item; }
      const about = document.createElement("small");
      about.textContent = sms.sender + " · " + sms.parts + (sms.parts > 1 ? " parties" : " partie") + " · " + sms.price;
      item.append(about);
      return item;
    });
    this.$(".inbox").replaceChildren(...items);
    if (!this.$(".sms").hidden) this.read = this.received().length;
    this.badge();
  }
  badge() { this.$(".unread").textContent = this.received().length - this.read || ""; }

  async post(path, body, method = "POST") {
    const headers = typeof body === "string" ? { "Content-Type": "application/json" } : {};
    try {
      const answer = await fetch(hooks + path, { method, body, headers });
      return answer.ok ? await answer.text() : null;
    } catch { return null; }
  }
}

// A link that shares the state: which phones there are. What they said stays with the gateway.
const shared = new URLSearchParams(location.hash.slice(1)).get("phones");
for (const number of (shared || numbers).split(" ").filter(Boolean)) new Phone(number);
document.getElementById("share").addEventListener("click", async (e) => {
  const phones = [...document.querySelectorAll(".msisdn")].map((input) => input.value.trim());
  location.hash = new URLSearchParams({ phones: phones.join(" ") });
  try { await navigator.clipboard.writeText(location.href); e.target.textContent = says.copied; }
  catch { e.target.textContent = says.in_address; }
});
document.getElementById("add").addEventListener("click", () => {
  const count = document.querySelectorAll(".phone").length + 1;
  new Phone(numbers.split(" ")[0].slice(0, -4) + String(count).padStart(4, "0"));
});
document.getElementById("tour").addEventListener("click", async (e) => {
  e.target.disabled = true;
  const phone = document.querySelector(".phone")?.phone ?? new Phone(numbers.split(" ")[0]);
  phone.node.scrollIntoView({ block: "nearest" });
  try { await phone.play(tour); } finally { e.target.disabled = false; }
});
document.getElementById("mood").addEventListener("change", (e) => {
  fetch("/simulator/mood", { method: "POST", body: form({ mood: e.target.value }) });
});
