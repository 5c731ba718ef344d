"""Draws the tray's states on a grid of 16: a bell whose clapper becomes a dot,
a ring, a bar. One colour per state which stands out from light and from dark
panels (at least 3:1 against both)."""

from pathlib import Path

HERE = Path(__file__).parent
NEUTRAL, AMBER, GREEN, PURPLE, RED = "#7f8896", "#b97800", "#149a6d", "#9d62d1", "#dd5147"

BELL = "M8 1.2C5.2 1.2 3.4 3.3 3.4 6v3.3L1.9 11.6h12.2L12.6 9.3V6C12.6 3.3 10.8 1.2 8 1.2z"
OUTLINE = "M8 1.9C5.6 1.9 4.1 3.7 4.1 6v3.5L3.2 10.9h9.6L11.9 9.5V6C11.9 3.7 10.4 1.9 8 1.9z"


def full(colour):
    return f'<path d="{BELL}" fill="{colour}"/>'


def hollow(colour):
    return f'<path d="{OUTLINE}" fill="none" stroke="{colour}" stroke-width="1.4" stroke-linejoin="round"/>'


STATES = {
    "idle": hollow(NEUTRAL) + f'<path d="M6.2 12.8a1.9 1.9 0 0 0 3.6 0z" fill="{NEUTRAL}"/>',
    "soon": full(AMBER) + f'<circle cx="8" cy="13.9" r="2" fill="{AMBER}"/>',
    "now": full(GREEN) + f'<circle cx="8" cy="13.8" r="1.5" fill="none" stroke="{GREEN}" stroke-width="1.2"/>',
    "out_of_office": full(PURPLE) + f'<path d="M3 12.9h10v1.9H3z" fill="{PURPLE}"/>',
    "offline": hollow(NEUTRAL)
    + f'<path d="M1.8 14.2 14.2 1.8" stroke="{NEUTRAL}" stroke-width="1.6" stroke-linecap="round"/>',
    "muted": hollow(NEUTRAL) + f'<path d="M3 12.9h10v1.9H3z" fill="{NEUTRAL}"/>',
    "needs_sign_in": hollow(RED)
    + f'<path d="M7.2 4.2h1.6v3.6H7.2zM7.2 8.6h1.6v1.4H7.2z" fill="{RED}"/>'
    + f'<path d="M6.2 12.8a1.9 1.9 0 0 0 3.6 0z" fill="{RED}"/>',
}

for name, drawing in STATES.items():
    text = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{drawing}</svg>\n'
    (HERE / f"{name}.svg").write_text(text)
