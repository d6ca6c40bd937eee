"""Small interchanges for tests: the segments of one transaction set inside a whole envelope."""

from claims.errors import Rejection
from claims.x12 import parse_x12
from claims.x12.transactions import ParsedBatch

HEADER = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260302*0815*^*00501*000000101*0*P*:"
GROUP = "GS*HC*SENDER*RECEIVER*20260302*0815*1*X"
GUIDES = {"837P": "005010X222A1", "837I": "005010X223A2", "835": "005010X221A1", "277CA": "005010X214", "999": "005010X231A1"}
CLAIM_HEAD = (
    "BHT*0019*00*REF*20260302*0815*CH",
    "HL*1**20*1",
    "NM1*85*2*CLINIC*****XX*1234567893",
    "HL*2*1*22*0",
    "SBR*P*18*******CI",
    "NM1*IL*1*DOE*JANE****MI*M1",
    "NM1*PR*2*PLAN*****PI*P1",
)
REMITTANCE_HEAD = ("BPR*I*100*C*ACH************20260401", "TRN*1*T1*1999", "N1*PR*PLAN*XV*P1", "N1*PE*CLINIC*XX*1234567893")
LINE = ("LX*1", "SV1*HC:99213*50*UN*1***1", "DTP*472*D8*20260216")
SERVICE = ("SVC*HC:99213*50*40",)


def transaction_set(kind: str, *segments: str, number: str = "0001") -> list[str]:
    start = f"ST*{kind[:3]}*{number}" + ("" if kind == "835" else f"*{GUIDES[kind]}")
    return [start, *segments, f"SE*{len(segments) + 2}*{number}"]


def interchange(kind: str, *sets: list[str], end: str = "~\n") -> bytes:
    body = [segment for each in sets for segment in each]
    segments = [HEADER, f"{GROUP}*{GUIDES[kind]}", *body, f"GE*{len(sets)}*1", "IEA*1*000000101"]
    return end.join([*segments, ""]).encode()


def read(kind: str, *segments: str) -> ParsedBatch:
    """Read one set of `kind` that holds `segments`."""
    return parse_x12(interchange(kind, transaction_set(kind, *segments)), file="test")


def read_claims(*segments: str) -> ParsedBatch:
    """Read an 837P with one provider, subscriber and payer above `segments`."""
    return read("837P", *CLAIM_HEAD, *segments)


def read_remittances(*segments: str) -> ParsedBatch:
    """Read an 835 with a head above `segments`."""
    return read("835", *REMITTANCE_HEAD, *segments)


def claim_segments(number: str = "PCN1", *details: str, amount: str = "50") -> tuple[str, ...]:
    return f"CLM*{number}*{amount}***11:B:1*Y*A*Y*Y", *details, *LINE


def reasons(rejections: tuple[Rejection, ...]) -> list[tuple[str, str, str]]:
    return [(rejection.place, rejection.expected, rejection.got) for rejection in rejections]
