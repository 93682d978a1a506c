"""Bytes as a bad disk, a broken download or somebody curious leaves them."""

from hypothesis import strategies as st


@st.composite
def damaged(draw: st.DrawFn, whole: bytes, first: int | None = None) -> bytes:
    """A file with bytes changed, left out, doubled or put in; never the whole file.

    Args:
        draw: of Hypothesis.
        whole: the file.
        first: where given, most of the damage lies in that many bytes at its beginning, where formats keep claims.
    """
    found = bytearray(whole)
    end = min(len(whole), first) if first and draw(st.integers(0, 3)) else len(whole)
    for _ in range(draw(st.integers(1, 8))):
        place = draw(st.integers(0, max(0, min(end, len(found)) - 1)))
        how = draw(st.sampled_from(("change", "change", "flip", "cut", "drop", "double", "insert")))
        if how == "change":
            new = draw(st.binary(min_size=1, max_size=8))
            found[place : place + len(new)] = new
        elif how == "flip" and found:
            found[place] ^= 1 << draw(st.integers(0, 7))
        elif how == "cut":
            del found[place:]
        elif how == "drop":
            del found[place : place + draw(st.integers(1, 64))]
        elif how == "double":
            found[place:place] = found[place : place + draw(st.integers(1, 64))]
        else:
            found[place:place] = draw(st.binary(min_size=1, max_size=16))
    return bytes(found)


# what may stand where a number, a word or a section is expected
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.sampled_from((0, -1, 1, 2**31, 2**63, 10**30, 10**400, 1e308, 1e-308, float("nan"), float("inf")))
    | st.floats()
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
