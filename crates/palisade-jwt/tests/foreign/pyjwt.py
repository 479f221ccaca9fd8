"""Mints one token in every algorithm with PyJWT: python3 pyjwt.py '<claims>'"""

import base64
import json
import secrets
import sys

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

claims = json.loads(sys.argv[1])
private_rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
keys = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
keys.update({name: private_rsa for name in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]})

minted = []
for name, length in [("HS256", 32), ("HS384", 48), ("HS512", 64)]:
    secret = secrets.token_bytes(length)
    token = jwt.encode(claims, secret, algorithm=name)
    minted.append({"alg": name, "token": token, "secret": base64.urlsafe_b64encode(secret).decode().rstrip("=")})
for name, key in keys.items():
    token = jwt.encode(claims, key, algorithm=name, headers={"kid": name})
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    minted.append({"alg": name, "token": token, "pem": pem.decode()})
print(json.dumps(minted))
