// An OpenID provider on this machine: `node provider.js PORT DIRECTORY KID...`. The first key signs, all are published; keys are
// kept in the directory, so that a provider that starts again has them. Names of keys begin with their algorithm: `es256-1`.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const [port, directory, ...kids] = process.argv.slice(2);
const algorithm = (kid) => kid.split('-')[0].replace('eddsa', 'EdDSA').replace(/^[a-z]+\d+$/, (name) => name.toUpperCase());

const keys = [];
for (const kid of kids) {
  const file = join(directory, `${kid}.json`);
  if (!existsSync(file)) {
    const { privateKey } = await generateKeyPair(algorithm(kid), { extractable: true });
    writeFileSync(file, JSON.stringify({ ...(await exportJWK(privateKey)), kid, alg: algorithm(kid), use: 'sig' }));
  }
  keys.push(JSON.parse(readFileSync(file, 'utf8')));
}

const provider = new Provider(`https://localhost:${port}`, {
  jwks: { keys },
  clients: [
    {
      client_id: 'service',
      client_secret: 'a-secret-of-the-tests',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      id_token_signed_response_alg: algorithm(kids[0]),
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'https://api.example.com',
      getResourceServerInfo: () => ({
        scope: 'models:read',
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: algorithm(kids[0]) } },
      }),
    },
  },
});

const file = (name) => readFileSync(join(directory, name));
createServer({ key: file('server.key'), cert: file('server.pem') }, provider.callback()).listen(Number(port), '127.0.0.1');
