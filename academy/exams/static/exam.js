// The exam page without reloading: every answer is sent as the next event of the attempt, in order, one at a time.
// What the server has not acknowledged stays in this browser's storage and is sent again. The server alone decides.
"use strict";
(() => {
  const root = document.getElementById("exam");
  const form = document.getElementById("answer");
  const words = JSON.parse(root.dataset.words);
  const code = root.dataset.code;
  const api = `/api/v1/attempts/${code}`;
  const storageKey = `academy.exam.${code}`;
  const $ = (id) => document.getElementById(id);
  const say = (name, places = {}) => words[name].replace(/\{(\w+)\}/g, (_, key) => places[key]);

  const fields = window.examFields;

  const HEARTBEAT_MS = [20000, 30000]; // random within: 2,000 windows do not ask at the same moment
  const TYPING_MS = [20000, 40000]; // what is being typed is sent now and then, and at once when its field is left
  const FIRST_RETRY_MS = 1000;
  const LAST_RETRY_MS = 15000;
  const TIMEOUT_MS = 10000;

  let items = null; // questions by the number that this candidate sees, once the paper has been fetched
  let byPosition = null; // the same by the paper's own position, under which answers are kept
  let held = new Map(); // what the server holds: position → {response, is_flagged}
  let queue = []; // events that the server has not acknowledged, in order
  let acknowledged = 0; // number of the last event that the server holds
  let number = Number(root.dataset.number); // the question that is shown
  let typingTimer = 0;
  let retryMs = FIRST_RETRY_MS;
  let retryTimer = 0;
  let offlineSince = 0;
  let isClosed = false; // another window went on, or the time is over: nothing is sent any more
  let clock = null; // {server, at, due, started}: the server's time at a moment of this page's monotonic clock
  let warned = new Set();

  // ---- time: the server's, carried on by a clock that nobody can set ----------------------------------------------
  const serverNow = () => clock.server + (performance.now() - clock.at);
  const setClock = (answer, sentAt) => {
    const at = (sentAt + performance.now()) / 2;
    const due = answer.due_at ? Date.parse(answer.due_at) : clock.due;
    const started = answer.started_at ? Date.parse(answer.started_at) : clock.started;
    clock = { server: Date.parse(answer.server_now), at, due, started };
  };
  const wallClock = new Intl.DateTimeFormat("en-GB", {
    timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  });
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => {
    if (!clock) return;
    const left = Math.max(0, Math.ceil((clock.due - serverNow()) / 1000));
    const hours = Math.floor(left / 3600);
    $("left").textContent = `${hours ? `${hours}:` : ""}${two(Math.floor((left % 3600) / 60))}:${two(left % 60)}`;
    $("clock").textContent = wallClock.format(serverNow());
    $("due").textContent = wallClock.format(clock.due).slice(0, 5);
    const spent = (serverNow() - clock.started) / (clock.due - clock.started);
    $("spent").setAttribute("width", (120 * Math.min(1, spent)).toFixed(2));
    if (offlineSince) showSeconds();
    for (const [seconds, name] of [[300, "five"], [60, "one"]]) {
      if (left <= seconds && left > seconds - 20 && !warned.has(name)) {
        warned.add(name);
        tell("wait", "clock", say(name));
      }
    }
    if (left === 0 && !isClosed) timeIsOver();
  };

  // ---- what this browser keeps ----------------------------------------------------------------------------------------
  const keep = () => {
    try {
      if (queue.length) localStorage.setItem(storageKey, JSON.stringify(queue));
      else localStorage.removeItem(storageKey);
    } catch { /* storage full or forbidden: the answers stay in this page and go on being sent */ }
  };
  const kept = () => {
    try {
      const found = JSON.parse(localStorage.getItem(storageKey) || "[]");
      return Array.isArray(found) ? found.filter((e) => Number.isInteger(e.seq) && Number.isInteger(e.position)) : [];
    } catch { return []; }
  };

  const pendingAt = (n) => queue.findLast((event) => event.position === n);
  const stateAt = (n) => pendingAt(n) || held.get(n) || { response: "", is_flagged: false };
  const here = () => items.get(number).position;
  const numbers = (events) => [...new Set(events.map((event) => byPosition.get(event.position)?.number))].sort((a, b) => a - b);
  const between = ([least, most]) => least + (most - least) * Math.random();

  // `later`: it is kept here at once and sent within the typing interval, or with whatever is sent before
  const remember = (changes, { later = false } = {}) => {
    if (isClosed) return;
    const position = here();
    const { response, is_flagged } = stateAt(position);
    const state = { response, is_flagged, ...changes };
    const last = queue.at(-1);
    // an event that was ever sent may have arrived, so it is never changed: the change is the next event
    if (last && last.position === position && !last.tried) Object.assign(last, state);
    else queue.push({ seq: (last ? last.seq : acknowledged) + 1, position, ...state });
    keep();
    show();
    if (!later) send();
    else if (!typingTimer) typingTimer = setTimeout(send, between(TYPING_MS));
  };

  // ---- sending, one event at a time -----------------------------------------------------------------------------------
  const request = async (path, body) => {
    const sentAt = performance.now();
    const response = await fetch(api + path, {
      method: body === undefined ? "GET" : "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrf_token.value },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: "error",
    });
    const answer = await response.json();
    if (response.ok && answer.server_now) setClock(answer, sentAt);
    return { status: response.status, answer };
  };
  const renewToken = async () => {
    const response = await fetch("/api/v1/csrf-token", { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) return false;
    form.elements.csrf_token.value = (await response.json()).csrf_token;
    return true;
  };

  let sending = null;
  const send = () => {
    sending ||= sendAll().finally(() => { sending = null; show(); });
    return sending;
  };
  const sendAll = async () => {
    clearTimeout(retryTimer);
    clearTimeout(typingTimer);
    typingTimer = 0;
    while (queue.length && !isClosed) {
      const event = queue[0];
      event.tried = true;
      keep();
      show();
      try {
        const { seq, position: at, response, is_flagged } = event;
        const { status, answer } = await request("/answers", { seq, position: at, response, is_flagged });
        if (!(await settle(event, status, answer))) return;
      } catch {
        return away();
      }
    }
  };

  // True: go on with the next event.
  const settle = async (event, status, answer) => {
    if (status === 200) {
      acknowledged = event.seq;
      held.set(event.position, { response: event.response, is_flagged: event.is_flagged });
      queue.shift();
      keep();
      channel?.postMessage({ kind: "saved", seq: acknowledged });
      back();
      return true;
    }
    if (status === 422) {
      queue.shift();
      for (const waiting of queue) waiting.seq -= 1;
      keep();
      tell("lost", "refused", say("refused", { n: byPosition.get(event.position)?.number, why: answer.message }));
      return true;
    }
    if (answer.code === "answer_is_stale") overtaken({ forget: true });
    else if (answer.code === "attempt_is_elsewhere") overtaken({ forget: true, elsewhere: true });
    else if (answer.code === "answer_is_late" || answer.code === "attempt_is_over") leave();
    else if (answer.code === "csrf" || status === 401 || status === 403) await signInAgain();
    else away();
    return false;
  };
  const signInAgain = async () => {
    if (!(await renewToken())) tell("lost", "signed_out", say("signed_out"));
    retryLater();
  };

  const retryLater = () => {
    clearTimeout(retryTimer);
    retryTimer = setTimeout(retry, retryMs * (0.7 + 0.6 * Math.random()));
    retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
  };
  const retry = () => (isClosed ? undefined : queue.length ? send() : beat());
  const away = () => {
    offlineSince ||= performance.now();
    showOffline();
    retryLater();
  };
  const back = () => {
    retryMs = FIRST_RETRY_MS;
    clearTimeout(retryTimer);
    hush("signed_out");
    offlineSince = 0;
    if (told !== "offline" || queue.length) return;
    tell("ok", "back", say("back", { count: received() }));
    setTimeout(() => hush("back"), 6000);
  };

  // ---- other windows, other devices -----------------------------------------------------------------------------------
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(storageKey) : null;
  if (channel) {
    channel.onmessage = ({ data }) => {
      if (isClosed) return;
      if (data.kind === "opened") channel.postMessage({ kind: "here" });
      if (data.kind === "opened" || data.kind === "here") tell("wait", "opened", say("opened"));
      if (data.kind === "saved" && data.seq > acknowledged && !sending) overtaken();
    };
    channel.postMessage({ kind: "opened" });
  }
  const beat = async () => {
    if (isClosed) return;
    const known = acknowledged;
    const isQuiet = () => !sending && !queue.length && acknowledged === known;
    const wasQuiet = isQuiet();
    try {
      const { status, answer } = await request("/clock");
      if (status === 401 || status === 403) return signInAgain();
      if (answer.code === "attempt_is_elsewhere") return overtaken({ forget: true, elsewhere: true });
      if (status !== 200) return away();
      if (answer.state !== "in_progress") return leave();
      if (wasQuiet && isQuiet() && answer.seq > known) return overtaken();
      back();
    } catch {
      away();
    }
  };
  // This window stops. Only what the server has refused is forgotten: the storage belongs to the window that goes on.
  const overtaken = ({ forget = false, elsewhere = false } = {}) => {
    isClosed = true;
    const lost = numbers(queue);
    queue = [];
    if (forget) keep();
    offlineSince = 0;
    clearTimeout(retryTimer);
    for (const control of document.querySelectorAll("#fields :is(input, select, textarea), .exam-foot button")) control.disabled = true;
    const more = forget && lost.length ? ` ${say("stale_lost", { pending: lost.join(words.list) })}` : "";
    tell("lost", "stale", say(elsewhere ? "elsewhere" : "stale") + more);
    const again = document.createElement("a");
    again.className = "btn btn-quiet btn-sm mt-2";
    again.href = elsewhere ? root.dataset.resume : `?q=${number}`;
    again.textContent = elsewhere ? words.enter_code : words.reload;
    $("line").lastElementChild.append(document.createElement("br"), again);
    show();
  };

  // ---- the end --------------------------------------------------------------------------------------------------------
  const leave = () => {
    isClosed = true;
    queue = [];
    keep();
    location.assign(root.dataset.handIn);
  };
  const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
  const timeIsOver = async () => {
    if (warned.has("over")) return;
    warned.add("over");
    try { await request("/clock"); } catch { /* asked again below, by handing in */ }
    if (serverNow() < clock.due) return warned.delete("over"); // more time was given
    tell("wait", "over", say("over"));
    for (const control of document.querySelectorAll("#fields :is(input, select, textarea)")) control.disabled = true;
    const until = performance.now() + 4000; // within the server's grace
    while (queue.length && !isClosed && performance.now() < until) await Promise.race([send().then(() => pause(300)), pause(1000)]);
    try { await request("/submit", {}); } catch { /* the server collects what it holds by itself */ }
    leave();
  };
  const handIn = async () => {
    await send();
    if (!queue.length) return location.assign(root.dataset.handIn);
    return tell("wait", "unsent", say("unsent", { count: numbers(queue).length }));
  };

  // ---- notes ----------------------------------------------------------------------------------------------------------
  let told = "";
  const tell = (kind, name, text) => {
    const line = $("line");
    if (told === "stale" && name !== "stale") return;
    told = name;
    line.className = `note note--${kind} mb-4`;
    line.hidden = false;
    line.firstElementChild.firstElementChild.setAttribute("href", name === "offline" ? "#i-off" : `#i-s-${kind}`);
    line.lastElementChild.textContent = text;
  };
  const hush = (name) => {
    if (told !== name) return;
    told = "";
    $("line").hidden = true;
  };
  const showOffline = () => {
    if (isClosed) return;
    const pending = numbers(queue);
    const places = { pending: pending.join(words.list), received: received() };
    tell("wait", "offline", "");
    const strong = document.createElement("strong");
    $("line").lastElementChild.append(strong, ` ${say(pending.length ? "offline_more" : "offline_none", places)}`);
    showSeconds();
  };
  const showSeconds = () => {
    if (told !== "offline" || !offlineSince) return;
    const seconds = Math.round((performance.now() - offlineSince) / 1000);
    const strong = $("line").querySelector("strong");
    if (strong) strong.textContent = say("offline", { seconds });
  };

  // ---- showing --------------------------------------------------------------------------------------------------------
  const received = () => [...held.entries()].filter(([n, state]) => state.response && !pendingAt(n)).length;
  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "i");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#i-${name}`);
    svg.append(use);
    return svg;
  };
  const showState = () => {
    const waiting = pendingAt(here());
    const [kind, text] = waiting
      ? (sending && !offlineSince ? ["run", words.saving] : ["wait", typingTimer && !offlineSince ? words.typing : words.kept])
      : stateAt(here()).response ? ["ok", words.saved] : ["draft", words.blank];
    const saved = $("saved");
    if (saved.textContent === text) return;
    const span = document.createElement("span");
    span.className = `state state--${kind}`;
    span.append(icon(`s-${kind}`), text);
    saved.replaceChildren(span);
  };
  const showCard = () => {
    let answered = 0;
    let flagged = 0;
    let pendingCount = 0;
    const count = items.size;
    for (const link of document.querySelectorAll(".qnav a")) {
      const n = Number(link.dataset.q);
      const at = items.get(n)?.position;
      const state = stateAt(at);
      const waits = Boolean(pendingAt(at));
      answered += state.response ? 1 : 0;
      flagged += state.is_flagged ? 1 : 0;
      pendingCount += waits ? 1 : 0;
      link.className = [waits ? "p" : state.response ? "a" : "", state.is_flagged ? "m" : ""].join(" ").trim();
      if (n === number) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      const parts = [say("position", { n })];
      if (n === number) parts.push(words.current);
      parts.push(state.response ? words.answered : words.unanswered);
      if (waits) parts.push(words.pending);
      if (state.is_flagged) parts.push(words.flagged);
      link.setAttribute("aria-label", parts.join(words.comma));
    }
    $("n-answered").textContent = answered;
    $("n-received").textContent = received();
    $("n-pending").textContent = pendingCount;
    $("n-blank").textContent = count - answered;
    $("n-flagged").textContent = flagged;
    $("go-flag").setAttribute("aria-pressed", String(stateAt(here()).is_flagged));
  };
  const show = () => {
    if (!items) return;
    showState();
    showCard();
    if (told === "offline") showOffline();
  };

  const open = (n, { push = true } = {}) => {
    const item = items.get(n);
    if (!item) return;
    // what was typed belongs to the question that is left: its fields are read before they go, and never under another number
    if ($("fields").contains(document.activeElement)) document.activeElement.blur();
    if (typingTimer) send();
    number = n;
    $("place").textContent = say("position", { n });
    $("kind").textContent = `${item.kind_words}${words.comma}${item.marks_words}`;
    $("stem").textContent = item.stem;
    $("case").hidden = !item.case;
    $("case-text").textContent = item.case;
    $("pictures").replaceChildren(...item.pictures.map(fields.picture));
    $("hint").textContent = item.hint;
    $("fields").dataset.number = "";
    $("fields").replaceChildren(...fields.build(item, stateAt(item.position).response, isClosed, say));
    $("fields").dataset.number = n;
    form.action = `?q=${n}`;
    document.title = document.title.replace(/^[^·]+/, `${say("position", { n })} `);
    if (document.activeElement?.closest(".qnav")) {
      document.querySelector(`.qnav a[data-q="${n}"]`).focus({ preventScroll: true }); // the focus stays on what is shown
    }
    if (push) {
      history.pushState({ q: n }, "", `?q=${n}`);
      $("said").textContent = [$("place").textContent, $("kind").textContent, item.stem].join(words.comma);
    }
    show();
    window.scrollTo({ top: 0 });
  };
  const firstUnanswered = () => {
    for (const [n, item] of items) if (!stateAt(item.position).response) return n;
    return null;
  };

  // ---- hands ----------------------------------------------------------------------------------------------------------
  const flag = () => remember({ is_flagged: !stateAt(here()).is_flagged });
  const step = (by) => open(Math.min(Math.max(number + by, 1), items.size));
  const take = ({ later = false } = {}) => {
    if ($("fields").dataset.number !== String(number)) return;
    const response = fields.read(form, items.get(number));
    if ($("written")) $("written").textContent = say("written", { n: response.length });
    if (response !== stateAt(here()).response) remember({ response }, { later });
    else if (!later && typingTimer) send();
  };
  const listen = () => {
    const area = $("fields");
    area.addEventListener("focusin", ({ target }) => { target.dataset.before = target.value; });
    area.addEventListener("input", () => { if (fields.isTyped(items.get(number))) take({ later: true }); });
    area.addEventListener("change", ({ target }) => {
      if (target.name.startsWith("place-")) fields.swap(form, target, target.dataset.before || "");
      target.dataset.before = target.value;
      take();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const go = event.submitter?.id;
      if (go === "go-prev") step(-1);
      else if (go === "go-flag") flag();
      else if (go === "go-hand-in") handIn();
      else step(1);
    });
    for (const link of document.querySelectorAll(".qnav a")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        open(Number(link.dataset.q));
      });
    }
    window.addEventListener("popstate", () => {
      open(Number(new URLSearchParams(location.search).get("q")) || 1, { push: false });
    });
    document.addEventListener("keydown", press);
    window.addEventListener("online", () => { retryMs = FIRST_RETRY_MS; retry(); });
    window.addEventListener("offline", away);
    document.addEventListener("visibilitychange", () => (document.hidden ? send() : beat()));
  };
  const press = (event) => {
    if (event.key === "Enter" && event.ctrlKey && items) return step(1); // also out of a field in which one writes
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || isClosed) return;
    const key = event.key.toUpperCase();
    if (event.target.closest("textarea, select, input[type=text]")) return; // there the keys write
    if (key === "ARROWLEFT" || key === "ARROWRIGHT") {
      event.preventDefault(); // a radio button would take the arrow for a choice
      step(key === "ARROWLEFT" ? -1 : 1);
    } else if (key === "M") {
      flag();
    } else if (key === "G") {
      const n = firstUnanswered();
      if (n === null) tell("ok", "all_answered", words.all_answered);
      else open(n);
    } else if (/^[A-L]$/.test(key)) {
      const input = $(`o${key}`);
      if (input && !input.disabled) input.click();
    }
  };

  // ---- beginning ------------------------------------------------------------------------------------------------------
  const heart = () => setTimeout(() => { beat(); heart(); }, between(HEARTBEAT_MS));
  const begin = async () => {
    let fetched;
    try {
      fetched = await request("");
    } catch {
      return setTimeout(begin, 2000); // until then the page works as plain posts
    }
    const { status, answer } = fetched;
    if (answer.code === "attempt_is_elsewhere") return location.assign(root.dataset.resume);
    if (status !== 200) return setTimeout(begin, 5000);
    if (answer.state !== "in_progress") return leave();
    items = new Map(answer.items.map((item) => [item.number, item]));
    byPosition = new Map(answer.items.map((item) => [item.position, item]));
    held = new Map(answer.answers.map((one) => [one.position, one]));
    acknowledged = answer.seq;
    queue = kept();
    listen();
    const typed = fields.read(form, items.get(number)); // perhaps answered before the script had the paper
    if (!queue.length && form.dataset.touched && typed !== stateAt(here()).response) remember({ response: typed });
    open(number, { push: false });
    send();
    tick();
    setInterval(tick, 1000);
    heart();
  };
  form.addEventListener("input", () => { form.dataset.touched = "1"; }, { once: true });
  begin();
})();
