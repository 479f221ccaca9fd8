// Mints one token in every algorithm with jose: node jose.mjs '<claims>'

import { randomBytes } from "node:crypto";
import { SignJWT, exportJWK, generateKeyPair } from "jose";

const claims = JSON.parse(process.argv[2]);
const mint = (alg, key, kid) => new SignJWT(claims).setProtectedHeader({ alg, typ: "at+jwt", kid }).sign(key);

const minted = [];
for (const [alg, length] of [["HS256", 32], ["HS384", 48], ["HS512", 64]]) {
  const secret = randomBytes(length);
  minted.push({ alg, token: await mint(alg, secret, undefined), secret: secret.toString("base64url") });
}
const published = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
for (const alg of published) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), alg, kid: alg, use: "sig" };
  minted.push({ alg, token: await mint(alg, privateKey, alg), jwk });
}
console.log(JSON.stringify(minted));
