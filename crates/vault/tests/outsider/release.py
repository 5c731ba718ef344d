"""Opens what the key service releases with pyhpke, and with those keys the
records that a connector sealed with pycose.

Reads JSON: private (the device's), key_service (public), context, release,
series, record, expires, blob. Prints JSON: the record's content, and a message
that pyhpke has sealed to the device.
"""

import json
import sys

from pycose.algorithms import A256GCM
from pycose.headers import IV, KID, Algorithm
from pycose.keys import SymmetricKey
from pycose.messages import CoseMessage
from pyhpke import AEADId, CipherSuite, KDFId, KEMId

said = json.load(sys.stdin)
read = {name: bytes.fromhex(text) for name, text in said.items() if name != "expires"}

suite = CipherSuite.new(
    KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM
)
own = suite.kem.deserialize_private_key(read["private"])
service = suite.kem.deserialize_public_key(read["key_service"])
context = suite.create_recipient_context(
    read["release"][:32], own, info=read["context"], pks=service
)
keys = context.open(read["release"][32:])

# The key of blind ids, then each epoch with its key.
epochs, rest = {}, keys[32:]
while rest:
    epochs[rest[:4]], rest = rest[4:36], rest[36:]


def joined(*parts):
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


day = said["expires"].to_bytes(4, "big")
place = joined(b"joinbell vault 1", b"record", read["series"], read["record"], day)
sealed = CoseMessage.decode(b"\xd0" + read["blob"])
assert sealed.phdr[Algorithm] is A256GCM and len(sealed.uhdr[IV]) == 12
sealed.key = SymmetricKey(k=epochs[sealed.phdr[KID]])
sealed.external_aad = place
padded = sealed.decrypt()
assert len(padded) % 256 == 0, len(padded)
plain = padded.rstrip(b"\0")
assert plain[-1] == 0x80
plain = plain[:-1]
length = int.from_bytes(plain[-4:], "big")
content, name = plain[: -4 - length], plain[-4 - length : -4]

public = suite.kem.deserialize_public_key(bytes.fromhex(said["public"]))
sender = suite.kem.deserialize_private_key(read["sender"])
encapsulated, context = suite.create_sender_context(
    public, info=b"from outside", sks=sender
)
answer = encapsulated + context.seal(b"sealed by pyhpke")
print(json.dumps([content.hex(), name.hex(), answer.hex()]))
