// An OpenID provider for tests: the certified package oidc-provider with its own log-in form, which accepts any password.
//
//   main.js PORT SETTINGS.json
//
// The settings: {"clients": [...], "users": {"ada": {"groups": ["ops"]}}, "idTokenSeconds": 60}. The claims of a user
// are in the ID token. The file is read again at each log-in, so a test can change users while the provider runs.
import { readFileSync } from 'node:fs';
import Provider from 'oidc-provider';

const [port, file] = process.argv.slice(2);
const settings = () => JSON.parse(readFileSync(file, 'utf8'));
const { clients, idTokenSeconds = 60 } = settings();
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
    clients,
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'groups'],
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    ttl: { IdToken: idTokenSeconds, Session: 600, Interaction: 600, Grant: 600, AccessToken: 60, AuthorizationCode: 60 },
    features: { rpInitiatedLogout: { enabled: true } },
    findAccount: (_, sub) => {
        const { users } = settings();
        return Object.hasOwn(users, sub) ? { accountId: sub, claims: () => ({ sub, name: sub, ...users[sub] }) } : undefined;
    },
});
provider.listen(Number(port), '127.0.0.1');
