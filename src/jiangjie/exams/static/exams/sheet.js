// The paper on the screen: questions in this candidate's order, one at a time or all, flags,
// overview, size of type, keyboard.

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const SINGLE = "B", MULTIPLE = "G", TRUE_FALSE = "C", BLANK = "T";

export class Sheet {
  constructor(root, paper, order, { say, saver, journal }) {
    Object.assign(this, { root, say, saver, journal });
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.questions = [];
    this.values = new Map(); // unit → value
    this.flags = new Set(); // numbers of questions
    this.current = 0;
    this.unit = 0; // on which time is being spent
    this.isAll = false;
    this.isLocked = false;
    this.#draw(paper, order);
    this.#listen();
    this.#setSize(localStorage.getItem("exam-size") || "1");
  }

  // ---- drawing ------------------------------------------------------------------------------

  #draw(paper, order) {
    const list = this.part("questions");
    const grid = this.part("grid");
    list.replaceChildren();
    grid.replaceChildren();
    order.sections.forEach((places, section) => {
      const head = make("div", { className: "exam-section" });
      head.append(make("h2", { textContent: paper.sections[section].title }));
      if (paper.sections[section].note) head.append(make("p", { textContent: paper.sections[section].note }));
      list.append(head);
      for (const place of places) {
        const question = paper.questions[place];
        const number = this.questions.length;
        const article = this.#question(question, number, order.options);
        article.dataset.section = String(section);
        list.append(article);
        this.questions.push({ article, head, units: question.units.map((unit) => unit.number) });
        grid.append(this.#gridButton(number));
      }
    });
  }

  #question(question, number, options) {
    const article = make("article", { className: "exam-question", id: `question-${number + 1}`, tabIndex: -1 });
    const title = make("h3", { id: `title-${number + 1}` });
    title.append(make("span", { textContent: this.say("question", { number: number + 1 }) }));
    const points = question.units.reduce((sum, unit) => sum + unit.points, 0) / 100;
    title.append(make("small", { textContent: this.say("points", { points }) }));
    const flag = make("button", { type: "button", className: "btn btn-quiet exam-flag", textContent: this.say("flag") });
    flag.setAttribute("aria-pressed", "false");
    flag.addEventListener("click", () => this.toggleFlag(number));
    const head = make("header");
    head.append(title, flag);
    const stem = make("div", { className: "exam-stem", innerHTML: question.stem });
    stem.id = `stem-${number + 1}`;
    article.append(head, stem);
    for (const unit of question.units) article.append(this.#unit(unit, number, options[unit.number]));
    return article;
  }

  #unit(unit, number, order) {
    const field = make("fieldset", { className: "exam-unit" });
    field.dataset.unit = unit.number;
    field.dataset.kind = unit.kind;
    field.setAttribute("aria-labelledby", `title-${number + 1} stem-${number + 1}`);
    if (unit.stem) field.append(make("div", { className: "exam-stem", innerHTML: unit.stem }));
    if (unit.kind === SINGLE || unit.kind === MULTIPLE) {
      const type = unit.kind === SINGLE ? "radio" : "checkbox";
      if (type === "checkbox") field.append(make("p", { className: "exam-hint", textContent: this.say("several") }));
      order.forEach((place, shown) => field.append(choice(type, unit.number, LETTERS[shown], LETTERS[shown], unit.options[place])));
    } else if (unit.kind === TRUE_FALSE) {
      field.append(choice("radio", unit.number, "T", "", this.say("true")), choice("radio", unit.number, "F", "", this.say("false")));
    } else if (unit.kind === BLANK) {
      for (let blank = 1; blank <= unit.blanks; blank += 1) {
        const label = make("label", { className: "exam-blank" });
        label.append(make("span", { textContent: this.say("blank", { number: blank }) }));
        label.append(make("input", { type: "text", className: "form-control", autocomplete: "off", maxLength: 500 }));
        field.append(label);
      }
    } else {
      const label = make("label", { className: "exam-words" });
      label.append(make("span", { textContent: this.say("words") }));
      label.append(make("textarea", { className: "form-control", rows: 8, maxLength: 19000 }));
      field.append(label);
    }
    return field;
  }

  #gridButton(number) {
    const button = make("button", { type: "button", className: "exam-cell", textContent: String(number + 1) });
    button.addEventListener("click", () => {
      this.go(number);
      this.focus();
    });
    return button;
  }

  // ---- answers ------------------------------------------------------------------------------

  restore(standing, flags) {
    for (const [unit, save] of standing) {
      this.values.set(unit, save.value);
      this.saver.spent.set(unit, save.session === this.saver.session ? save.seconds : 0);
      const field = this.root.querySelector(`[data-unit="${unit}"]`);
      if (field) fill(field, save.value);
    }
    for (const number of flags) this.flags.add(number);
    this.questions.forEach((_, number) => this.#mark(number));
    this.go(0);
  }

  counts() {
    const states = this.questions.map((_, number) => this.#isAnswered(number));
    const answered = states.filter(Boolean).length;
    return { answered, empty: states.length - answered, flagged: this.flags.size };
  }

  #isAnswered(number) {
    return this.questions[number].units.every((unit) => (this.values.get(unit) || "").trim() !== "");
  }

  #changed(field, isText) {
    const unit = Number(field.dataset.unit);
    this.unit = unit;
    const value = read(field);
    if (this.isLocked || value === (this.values.get(unit) || "")) return;
    this.values.set(unit, value);
    this.saver.change(unit, value, isText);
    this.#mark(this.questions.findIndex((question) => question.units.includes(unit)));
  }

  lock() {
    this.isLocked = true;
    for (const field of this.root.querySelectorAll("fieldset.exam-unit")) field.disabled = true;
  }

  spend(spent, seconds) {
    if (!document.hidden && this.unit) spent.set(this.unit, (spent.get(this.unit) || 0) + seconds);
  }

  // ---- moving about -------------------------------------------------------------------------

  go(number) {
    this.current = Math.max(0, Math.min(number, this.questions.length - 1));
    const { article, head, units } = this.questions[this.current];
    if (!units.includes(this.unit)) this.unit = units[0];
    for (const each of this.questions) {
      each.article.hidden = !this.isAll && each.article !== article;
      each.head.hidden = !this.isAll && each.head !== head;
    }
    if (this.isAll) article.scrollIntoView({ block: "start" });
    this.part("previous").disabled = this.current === 0;
    this.part("next").disabled = this.current === this.questions.length - 1;
    this.part("place").textContent = this.say("place", { number: this.current + 1, all: this.questions.length });
    this.questions.forEach((_, each) => this.#mark(each));
  }

  focus() {
    this.questions[this.current].article.focus({ preventScroll: !this.isAll });
    if (!this.isAll) scrollTo({ top: 0 });
  }

  toggleFlag(number = this.current) {
    if (!this.flags.delete(number)) this.flags.add(number);
    this.#mark(number);
    this.journal.note("flags", [...this.flags]).catch(() => {});
  }

  toggleAll() {
    this.isAll = !this.isAll;
    const button = this.part("view");
    button.setAttribute("aria-pressed", String(this.isAll));
    this.part("steps").hidden = this.isAll;
    this.go(this.current);
    this.focus();
  }

  #mark(number) {
    const cell = this.part("grid").children[number];
    const isAnswered = this.#isAnswered(number);
    const isFlagged = this.flags.has(number);
    cell.classList.toggle("is-answered", isAnswered);
    cell.classList.toggle("is-flagged", isFlagged);
    if (number === this.current) cell.setAttribute("aria-current", "true");
    else cell.removeAttribute("aria-current");
    const states = [isAnswered ? "answered" : "empty", ...(isFlagged ? ["flagged"] : [])];
    cell.setAttribute("aria-label", `${this.say("question", { number: number + 1 })} ${states.map((each) => this.say(each)).join(" ")}`);
    const flag = this.questions[number].article.querySelector(".exam-flag");
    flag.setAttribute("aria-pressed", String(isFlagged));
    this.part("answered").textContent = this.say("count", { count: this.counts().answered, all: this.questions.length });
  }

  #setSize(size) {
    this.root.dataset.size = size;
    localStorage.setItem("exam-size", size);
    for (const button of this.root.querySelectorAll("[data-size-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.sizeChoice === size));
    }
  }

  #listen() {
    const list = this.part("questions");
    const fieldOf = (event) => event.target.closest("fieldset.exam-unit");
    const isText = (target) => target.matches("textarea, input[type=text]");
    list.addEventListener("input", (event) => this.#changed(fieldOf(event), isText(event.target)));
    list.addEventListener("focusin", (event) => {
      const field = fieldOf(event);
      if (!field) return;
      this.unit = Number(field.dataset.unit);
      if (this.isAll) {
        this.current = this.questions.findIndex((question) => question.units.includes(this.unit));
        this.questions.forEach((_, each) => this.#mark(each));
      }
    });
    list.addEventListener("focusout", () => this.saver.keepAll());
    this.part("previous").addEventListener("click", () => this.#step(-1));
    this.part("next").addEventListener("click", () => this.#step(1));
    this.part("view").addEventListener("click", () => this.toggleAll());
    for (const button of this.root.querySelectorAll("[data-size-choice]")) {
      button.addEventListener("click", () => this.#setSize(button.dataset.sizeChoice));
    }
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  #step(by) {
    this.go(this.current + by);
    this.focus();
  }

  #key(event) {
    const isWriting = event.target.matches?.("textarea, input[type=text]");
    if (event.ctrlKey || event.altKey || event.metaKey || isWriting || this.isLocked || this.root.querySelector("dialog[open]")) return;
    const key = event.key.toUpperCase();
    if (key === "N") this.#step(1);
    else if (key === "P") this.#step(-1);
    else if (key === "M") this.toggleFlag();
    else if (LETTERS.slice(0, 8).includes(key) && key.length === 1) this.#pick(key);
    else return;
    event.preventDefault();
  }

  #pick(letter) {
    const { article, units } = this.questions[this.current];
    const unit = units.includes(this.unit) ? this.unit : units[0];
    article.querySelector(`fieldset[data-unit="${unit}"] input[value="${letter}"]:is([type=radio], [type=checkbox])`)?.click();
  }
}

function make(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}

function choice(type, unit, value, letter, html) {
  const label = make("label", { className: "exam-choice" });
  const input = make("input", { type, name: `unit-${unit}`, value });
  const text = make("span", { innerHTML: html });
  label.append(input, ...(letter ? [make("b", { textContent: letter })] : []), text);
  return label;
}

function read(field) {
  if (field.dataset.kind === BLANK) return trimmed([...field.querySelectorAll("input")].map((input) => input.value.trim()));
  const words = field.querySelector("textarea");
  if (words) return words.value;
  return [...field.querySelectorAll("input:checked")].map((input) => input.value).join("");
}

function trimmed(lines) {
  return lines.some(Boolean) ? lines.join("\n") : "";
}

function fill(field, value) {
  if (field.dataset.kind === BLANK) {
    const lines = value.split("\n");
    [...field.querySelectorAll("input")].forEach((input, place) => (input.value = lines[place] || ""));
  } else if (field.querySelector("textarea")) {
    field.querySelector("textarea").value = value;
  } else {
    for (const input of field.querySelectorAll("input")) input.checked = value.includes(input.value);
  }
}
