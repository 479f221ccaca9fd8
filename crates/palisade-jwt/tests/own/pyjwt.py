"""Verifies tokens with PyJWT, as a service in Python would; prints how many hold."""

import json
import sys

import jwt

tokens = json.load(sys.stdin)
for one in tokens:
    key = jwt.PyJWK(one["jwk"]).key
    claims = jwt.decode(
        one["token"],
        key,
        algorithms=[one["alg"]],
        issuer=one["issuer"],
        audience=one["audience"],
        options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]},
    )
    assert claims["sub"] == "ada \u2713", claims
    assert claims["scope"] == "read write", claims
    assert claims["tenant"] == "acme", claims
    assert claims["jti"] == one["jti"], claims
    assert claims["exp"] == one["exp"], claims
    header = jwt.get_unverified_header(one["token"])
    assert header["typ"] == "at+jwt" and header["alg"] == one["alg"] and header["kid"], header
print(len(tokens))
