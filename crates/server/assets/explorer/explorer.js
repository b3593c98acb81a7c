// Lets somebody sign in on the page and send requests from it, as a browser does: with the session's cookie and the CSRF token.
"use strict";
(() => {
  const KEPT = "gemba.explorer";
  const SAFE = ["GET", "HEAD", "OPTIONS"];
  const element = (id) => document.getElementById(id);
  const kept = () => JSON.parse(sessionStorage.getItem(KEPT) ?? "null");

  // Whatever the explorer sends to this server carries the token; nothing goes anywhere else.
  const send = window.fetch.bind(window);
  window.fetch = (input, init) => {
    const request = new Request(input, init);
    const session = kept();
    const ours = new URL(request.url).origin === location.origin;
    // The explorer sends its field for a key also where nobody filled it in, which would hide the session.
    if (/^bearer\s*$/i.test(request.headers.get("authorization") ?? "")) request.headers.delete("authorization");
    if (ours && session && !SAFE.includes(request.method) && !request.headers.has("authorization")) {
      request.headers.set("X-CSRF-Token", session.csrf_token);
    }
    return send(request);
  };

  const show = (message) => {
    const session = kept();
    element("sign-in").hidden = session !== null;
    element("sign-out").hidden = session === null;
    element("who").textContent = session?.email ?? "";
    element("said").textContent = message ?? "";
  };

  element("sign-in").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const credentials = { email: form.get("email"), password: form.get("password") };
    try {
      const answer = await send("/api/v1/auth/login", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(credentials),
      });
      const body = await answer.json();
      if (!answer.ok) return show(body.detail);
      sessionStorage.setItem(KEPT, JSON.stringify({ email: credentials.email, csrf_token: body.csrf_token }));
      event.target.reset();
      show();
    } catch (failure) {
      show(`the server did not answer: ${failure.message}`);
    }
  });

  element("sign-out").addEventListener("submit", async (event) => {
    event.preventDefault();
    await window.fetch("/api/v1/auth/logout", { method: "POST" }).catch(() => {});
    sessionStorage.removeItem(KEPT);
    show();
  });

  show();
  window.Scalar.createApiReference("#explorer", {
    url: "/api/v1/openapi.json",
    // Plants are air-gapped: no fonts, proxy, assistant or telemetry from elsewhere.
    withDefaultFonts: false,
    telemetry: false,
    agent: { disabled: true },
    mcp: { disabled: true },
    hideClientButton: true,
    showDeveloperTools: "never",
    persistAuth: false,
    documentDownloadType: "none",
  });
})();
