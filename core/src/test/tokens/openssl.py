"""Prints one token of each algorithm. The signatures are made by the command openssl."""

import base64
import json
import subprocess


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, data=None):
    return subprocess.run(("openssl", *arguments), input=data, stdout=subprocess.PIPE, check=True).stdout


def raw(der, size):
    """r and s of a signature in DER, each in a fixed number of bytes."""
    lines = openssl("asn1parse", "-inform", "DER", data=der).decode().splitlines()
    numbers = [line.rsplit(":", 1)[1] for line in lines if "INTEGER" in line]
    return b"".join(int(number, 16).to_bytes(size, "big") for number in numbers)


def sign(algorithm, data):
    family, bits = algorithm[:2], algorithm[2:]
    if family == "HS":
        key = "hexkey:" + open("keys/secret", "rb").read().hex()
        return openssl("dgst", f"-sha{bits}", "-mac", "HMAC", "-macopt", key, "-binary", data=data)
    if family == "RS":
        return openssl("dgst", f"-sha{bits}", "-sign", "keys/RSA.pem", data=data)
    if family == "PS":
        padding = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")
        return openssl("dgst", f"-sha{bits}", *padding, "-sign", "keys/RSA.pem", data=data)
    if family == "ES":
        curve, size = {"256": ("P-256", 32), "384": ("P-384", 48), "512": ("P-521", 66)}[bits]
        return raw(openssl("dgst", f"-sha{bits}", "-sign", f"keys/{curve}.pem", data=data), size)
    with open("input", "wb") as file:
        file.write(data)
    return openssl("pkeyutl", "-sign", "-rawin", "-in", "input", "-inkey", "keys/Ed25519.pem")


tokens = {}
for name in [f"{family}{bits}" for family in ("HS", "RS", "PS", "ES") for bits in (256, 384, 512)] + ["EdDSA"]:
    header = json.dumps({"alg": name, "kid": name}).encode()
    payload = json.dumps({"key": "jack", "exp": 4102444800, "nbf": 1700000000}).encode()
    signed = f"{encode(header)}.{encode(payload)}"
    tokens[name] = f"{signed}.{encode(sign(name, signed.encode()))}"
print(json.dumps(tokens))
