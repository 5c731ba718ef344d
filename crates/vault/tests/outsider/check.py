"""Opens a blob with pycose, and seals one for the vault to open.

Arguments: key (hex), place (hex), the vault's blob (hex). Prints the opened
text and the sealed answer, both in hex.
"""

import sys

from pycose.algorithms import A256GCM
from pycose.headers import IV, KID, Algorithm
from pycose.keys import SymmetricKey
from pycose.messages import CoseMessage, Enc0Message

key, place, blob = (bytes.fromhex(text) for text in sys.argv[1:4])

# The vault leaves the tag out, which RFC 9052, section 2, allows.
sealed = CoseMessage.decode(b"\xd0" + blob)
assert isinstance(sealed, Enc0Message), type(sealed)
assert sealed.phdr[Algorithm] is A256GCM, sealed.phdr
assert sealed.phdr["rev"] == 3, sealed.phdr
assert sealed.phdr[KID] == (9).to_bytes(4, "big"), sealed.phdr
assert len(sealed.uhdr[IV]) == 12, sealed.uhdr
sealed.key = SymmetricKey(k=key)
sealed.external_aad = place
text = sealed.decrypt()

sealed.external_aad = place + b"!"
try:
    sealed.decrypt()
except Exception:
    pass
else:
    raise SystemExit("the blob opened at another place")

answer = Enc0Message(
    phdr={Algorithm: A256GCM, KID: (9).to_bytes(4, "big"), "rev": 3},
    uhdr={IV: bytes(range(12))},
    payload=text[::-1],
    external_aad=place,
    key=SymmetricKey(k=key),
)
print(text.hex(), answer.encode(tag=False).hex())
