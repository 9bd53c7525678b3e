// Prints one token of each algorithm, made by jose, and writes the public keys as a key set.
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { exportJWK, SignJWT } from 'jose';

const names = { RS: 'RSA', PS: 'RSA', Ed: 'Ed25519', ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
const tokens = {};
const keys = [];
for (const algorithm of [...['HS', 'RS', 'PS', 'ES'].flatMap((f) => [256, 384, 512].map((b) => f + b)), 'EdDSA']) {
    const shared = algorithm.startsWith('HS');
    const pem = shared ? null : readFileSync(`keys/${names[algorithm] ?? names[algorithm.slice(0, 2)]}.pem`);
    const key = shared ? readFileSync('keys/secret') : createPrivateKey(pem);
    tokens[algorithm] = await new SignJWT({ key: 'jack', name: 'Zoë' })
        .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: algorithm })
        .setExpirationTime(4102444800)
        .setNotBefore(1700000000)
        .sign(key);
    const jwk = await exportJWK(shared ? key : createPublicKey(pem));
    keys.push({ ...jwk, kid: algorithm, alg: algorithm, use: 'sig' });
}
writeFileSync('jwks.json', JSON.stringify({ keys }));
console.log(JSON.stringify(tokens));
