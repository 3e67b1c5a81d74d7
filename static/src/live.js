// The page holds the whole state; the socket only says that something is newer, and htmx fetches the part again through
// the ordinary view. Lost hints cost nothing: on reconnect, on focus and after a gap everything live is fetched. While
// the socket is dead a poll stands in, for as long as something on the page is not final.
const POLL_MS = 5000;
const TOGETHER_MS = 250;
const RETRY_MS = [500, 1000, 2000, 5000, 10000, 30000];

const parts = () => [...document.querySelectorAll("[data-live]")];
const unfinished = () => parts().filter((part) => part.dataset.final !== "true");
// what only accompanies a page keeps no poll alive
const awaited = () => unfinished().filter((part) => part.dataset.ambient !== "true");
// `data-only` names the beginnings of the types of hints that a part cares for
const cares = (part, type) => part.dataset.only.split(" ").some((start) => type.startsWith(start));

export function startLive(htmx) {
  let socket = null;
  let tries = 0;
  let pollTimer = 0;
  const due = new Set();
  let dueTimer = 0;

  const fetchSoon = (part) => {
    due.add(part.id);
    dueTimer ||= setTimeout(() => {
      dueTimer = 0;
      for (const id of due) {
        const element = document.getElementById(id);
        if (element) htmx.trigger(element, "live");
      }
      due.clear();
    }, TOGETHER_MS);
  };
  const fetchAll = () => parts().forEach(fetchSoon);

  const topics = () => new Set(unfinished().map((part) => part.dataset.live));
  const subscribe = () => {
    for (const topic of topics()) socket.send(JSON.stringify({ type: "subscribe", topic }));
  };

  const received = (message) => {
    for (const part of unfinished()) {
      if (part.dataset.live !== message.topic) continue;
      const known = Number(part.dataset.version || 0);
      const kind = part.dataset.kind;
      if (part.dataset.only && ["subscribed", "hint"].includes(message.type)) {
        const moved = part.dataset.state !== undefined && part.dataset.state !== message.state;
        if (message.type === "hint" ? cares(part, message.hint.type) : moved) fetchSoon(part);
      } else if (message.type === "subscribed") {
        if (message.version > known) fetchSoon(part);
      } else if (message.type === "hint") {
        // "output" and "progress" are for display only: they carry no version of the build
        const { type, version } = message.hint;
        const newer = message.topic.startsWith("workspace.") || type === "progress" || version > known;
        if (type === "output" ? kind === "output" : kind !== "output" && newer) fetchSoon(part);
      } else if (message.type === "unsubscribed" || message.type === "refused") {
        fetchSoon(part);
      }
    }
  };

  const poll = () => {
    if (awaited().length === 0) stopPoll();
    else if (!document.hidden) unfinished().forEach(fetchSoon);
  };
  const startPoll = () => (pollTimer ||= setInterval(poll, POLL_MS));
  const stopPoll = () => {
    clearInterval(pollTimer);
    pollTimer = 0;
  };

  const connect = () => {
    if (unfinished().length === 0) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/ws/`);
    socket.addEventListener("open", subscribe);
    let heard = false;
    socket.addEventListener("message", (event) => {
      // a socket that opens and says nothing is as good as dead
      if (!heard) {
        heard = true;
        if (tries > 0) fetchAll();
        tries = 0;
        stopPoll();
      }
      received(JSON.parse(event.data));
    });
    socket.addEventListener("close", () => {
      socket = null;
      if (unfinished().length === 0) return;
      if (awaited().length > 0) startPoll();
      const wait = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)];
      tries += 1;
      setTimeout(connect, wait * (0.8 + 0.4 * Math.random()));
    });
  };

  const announce = () => {
    const region = document.getElementById("announce");
    const text = document.querySelector("[data-announce]")?.dataset.announce;
    if (region && text && region.textContent !== text) region.textContent = text;
  };

  document.addEventListener("htmx:afterSettle", () => {
    announce();
    if (unfinished().length === 0) {
      stopPoll();
      socket?.close();
    }
  });
  // an answer such as 404 after a revoked membership: the page as it stands is no longer ours to show
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.elt.dataset.live && [403, 404].includes(event.detail.xhr.status)) location.reload();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) unfinished().forEach(fetchSoon);
  });
  if (parts().length > 0) connect();
}
