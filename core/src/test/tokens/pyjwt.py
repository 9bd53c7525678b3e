"""Prints one token of each algorithm, made by PyJWT."""

import json

import jwt

KEYS = {"RS": "RSA", "PS": "RSA", "Ed": "Ed25519", "ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


def key(algorithm):
    if algorithm.startswith("HS"):
        return open("keys/secret", "rb").read()
    return open(f"keys/{KEYS.get(algorithm) or KEYS[algorithm[:2]]}.pem").read()


algorithms = [f"{family}{bits}" for family in ("HS", "RS", "PS", "ES") for bits in (256, 384, 512)] + ["EdDSA"]
claims = {"key": "jack", "exp": 4102444800, "nbf": 1700000000, "name": "Zoë"}
print(json.dumps({a: jwt.encode(claims, key(a), algorithm=a, headers={"kid": a}) for a in algorithms}))
