// A real identity server on loopback for the tests: oidc-provider, whose people are whoever the test names.
//
// It prints its address in a line and ends with its standard input. POST /control changes it: {clients, accounts, rotate}.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

// What it says about running in production goes nowhere: nobody reads it, and whoever started this has stopped listening.
console.info = console.warn = () => {};

const accounts = new Map();
let clients = [];
let keys = [key('RS256')];
let provider;

function key(alg) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg };
}

const server = createServer(async (request, response) => {
  try {
    if (request.url === '/control') return await control(request, response);
    if (request.url.startsWith('/interaction/')) return await interact(request, response);
    return provider.callback()(request, response);
  } catch (error) {
    response.writeHead(500).end(String(error.stack));
  }
});

async function control(request, response) {
  let text = '';
  for await (const part of request) text += part;
  const wanted = JSON.parse(text);
  if (wanted.clients) clients = wanted.clients;
  for (const account of wanted.accounts ?? []) accounts.set(account.sub, account);
  // The new key signs, the old one is gone: whoever kept the old keys has to ask again.
  if (wanted.rotate) keys = [key('RS256')];
  provider = build();
  response.writeHead(204).end();
}

// Whoever is named in login_hint is signed in with two factors and consents to everything.
async function interact(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    const login = { accountId: params.login_hint, amr: ['pwd', 'mfa'], remember: false };
    return provider.interactionFinished(request, response, { login });
  }
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

function build() {
  return new Provider(`http://127.0.0.1:${server.address().port}`, {
    clients,
    // Its own protection keeps it from calling its neighbours; here, the only one it is to call is one.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    jwks: { keys },
    cookies: { keys: ['only for tests'] },
    findAccount: (_, sub) => accounts.has(sub) && { accountId: sub, claims: () => accounts.get(sub) },
    claims: { openid: ['sub', 'sid', 'amr'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    scopes: ['openid', 'email', 'profile', 'groups'],
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: (ctx, form) => { ctx.body = form; } },
    },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  });
}

server.listen(0, '127.0.0.1', () => {
  provider = build();
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
