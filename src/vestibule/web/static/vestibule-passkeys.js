// Asks the browser for a passkey, and sends its answer with the form that the button is in.
// What went wrong is said beside the button; every other way on the page stays as it is.
"use strict";
(() => {
  const words = document.currentScript.dataset;
  const boxes = document.querySelectorAll(".passkey");
  const codes = (bytes) => String.fromCharCode(...new Uint8Array(bytes));
  const text = (bytes) =>
    btoa(codes(bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  class Said extends Error {}

  // The server makes the challenge, and keeps it for five minutes.
  async function options(box) {
    const form = box.closest("form");
    const sent = new URLSearchParams({
      csrf_token: form.elements.csrf_token.value,
      purpose: box.dataset.purpose,
    });
    let answer;
    try {
      answer = await fetch(box.dataset.options, { method: "POST", body: sent, headers: { Accept: "application/json" } });
    } catch {
      throw new Said(words.unreachable);
    }
    if (answer.status === 429) throw new Said(words.tooMany);
    if (answer.status === 403 || answer.status === 409) throw new Said(words.old);
    if (!answer.ok) throw new Said(words.unreachable);
    const told = await answer.json();
    told.challenge = bytes(told.challenge);
    told.allowCredentials = known(told.allowCredentials);
    if (told.user) {
      told.user.id = bytes(told.user.id);
      told.excludeCredentials = known(told.excludeCredentials);
      delete told.allowCredentials;
    }
    return told;
  }

  function asJson(credential) {
    const given = credential.response;
    const response = { clientDataJSON: text(given.clientDataJSON) };
    for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (given[part]) response[part] = text(given[part]);
    }
    if (given.getTransports) response.transports = given.getTransports();
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
  }

  function why(error) {
    if (error instanceof Said) return error.message;
    switch (error.name) {
      case "NotAllowedError": case "AbortError": case "TimeoutError": return words.cancelled;
      case "InvalidStateError": return words.hasOne;
      case "SecurityError": return words.elsewhere;
      case "NotSupportedError": return words.none;
    }
    return words.failed;
  }

  function say(box, sentence) {
    box.querySelector(".error")?.remove();
    if (!sentence) return;
    const line = document.createElement("p");
    line.className = "error";
    line.setAttribute("role", "alert");
    box.prepend(line);
    line.textContent = sentence;
  }

  function send(box, credential) {
    const form = box.closest("form");
    form.elements.credential.value = asJson(credential);
    form.requestSubmit();
  }

  let waiting = null;  // what the field for the user name offers meanwhile

  async function ask(box) {
    say(box, "");
    if (location.origin !== box.dataset.origin) return say(box, words.elsewhere);
    if (waiting) waiting.abort();
    waiting = null;
    try {
      const publicKey = await options(box);
      const credential = box.dataset.purpose === "register"
        ? await navigator.credentials.create({ publicKey })
        : await navigator.credentials.get({ publicKey });
      send(box, credential);
    } catch (error) {
      say(box, why(error));
    }
  }

  // In the list of the field for the user name. A challenge is good for five minutes: a new one
  // comes before that, as long as the page is looked at.
  async function offer(box) {
    const can = PublicKeyCredential.isConditionalMediationAvailable;
    if (!can || location.origin !== box.dataset.origin || !(await can.call(PublicKeyCredential))) return;
    const ending = waiting = new AbortController();
    const timer = setTimeout(() => {
      ending.abort();
      const again = () => { if (!document.hidden && waiting === ending) offer(box); };
      if (document.hidden) document.addEventListener("visibilitychange", again, { once: true });
      else again();
    }, 4 * 60 * 1000);
    try {
      const publicKey = await options(box);
      if (waiting !== ending) return;
      send(box, await navigator.credentials.get({ publicKey, mediation: "conditional", signal: ending.signal }));
    } catch {
      // Nobody asked for anything: the button and the password are there.
    } finally {
      if (waiting !== ending) clearTimeout(timer);
    }
  }

  for (const box of boxes) {
    box.querySelector(".hint").remove();
    if (!window.PublicKeyCredential) {
      say(box, window.isSecureContext ? words.none : words.elsewhere);
      continue;
    }
    const button = box.querySelector("button");
    button.hidden = false;
    button.addEventListener("click", () => ask(box));
    if ("autofills" in box.dataset) offer(box);
  }
})();
