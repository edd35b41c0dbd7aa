"""What makes a PDF an archive document: metadata, identity, time, colour and the embedded record.

ISO 19005-3 (PDF/A-3, level A) and ISO 14289-1 (PDF/UA-1).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfdoc
from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFObject, PDFStream

from .data import Language
from .icc import srgb
from .structure import text_string
from .text import clean

CREATOR: Final = "Anslag"
PRODUCER: Final = "ReportLab PDF Library"


@dataclass(frozen=True, slots=True)
class Record:
    """The identity of one letter. ``record`` is the canonical JSON that is embedded as ``file_name``."""

    title: str
    author: str
    subject: str
    language: Language
    moment: datetime
    record: bytes
    file_name: str
    file_description: str
    edition: str
    sealed: bool = False  # whether there is a field for the authority's seal

    @property
    def utc(self) -> datetime:
        """The time of the document: that of the decision or of the receipt, never the clock's."""
        return self.moment.astimezone(UTC)

    @property
    def identity(self) -> str:
        """File identifier, 32 hexadecimal digits from the record, the language and the edition (final or preview)."""
        return hashlib.sha256(f"{self.language}\n{self.edition}\n".encode() + self.record).hexdigest()[:32]


class Source(PDFObject):  # type: ignore[misc]  # reportlab has no types
    """An indirect object given as finished PDF source."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = data

    def format(self, document: Any) -> bytes:
        """The source, as it will stand in the file."""
        return self.data


class Stamp:
    """Stands in for reportlab's time stamp, so that equal letters are equal files."""

    def __init__(self, utc: datetime) -> None:
        self.t = utc.timestamp()
        self.lt = utc.timetuple()
        self.tzname = "UTC"
        self.dhh = self.dmm = 0
        self.YMDhms = tuple(self.lt)[:6]


def reference(document: Any, obj: Any) -> int:
    """Register ``obj`` as an indirect object of ``document`` and return its object number."""
    name = document.Reference(obj).name
    number: int = document.idToObjectNumberAndVersion[name][0]
    return number


def archive(document: Any, record: Record) -> None:
    """Add metadata, output intent, embedded record and file identifier to a reportlab document."""
    catalog = document.Catalog
    catalog.Metadata = _metadata(record)
    catalog.OutputIntents = Source(_output_intents(document))
    specification = _embedded_record(document, record)
    catalog.AF = Source(b"[%d 0 R]" % specification)
    catalog.Names = Source(f"<</EmbeddedFiles <</Names [({record.file_name}) {specification} 0 R]>>>>".encode())
    identity = record.identity.encode()
    document._ID = b"\n[<" + identity + b"><" + identity + b">]\n"


def _metadata(record: Record) -> Source:
    packet = xmp(record)
    return Source(b"<</Type /Metadata /Subtype /XML /Length %d>>\nstream\n%s\nendstream" % (len(packet), packet))


def _output_intents(document: Any) -> bytes:
    profile = PDFStream(PDFDictionary({"N": 3}), srgb(), filters=[pdfdoc.PDFZCompress])
    return (
        "[<</Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /Info (sRGB IEC61966-2.1) "
        f"/DestOutputProfile {reference(document, profile)} 0 R>>]"
    ).encode()


def _embedded_record(document: Any, record: Record) -> int:
    day = f"(D:{record.utc:%Y%m%d%H%M%S}Z)"
    # MD5 is what the PDF format prescribes for this checksum; nothing relies on it for security.
    checksum = hashlib.md5(record.record, usedforsecurity=False).hexdigest()
    params = f"<</ModDate {day} /CreationDate {day} /Size {len(record.record)} /CheckSum <{checksum}>>>"
    content = PDFStream(
        # '#2F' is the slash of the media type: a plain string passes through reportlab as it is.
        PDFDictionary(
            {"Type": "/EmbeddedFile", "Subtype": "/application#2Fjson", "Params": Source(params.encode("ascii"))}
        ),
        record.record,
        filters=[pdfdoc.PDFZCompress],
    )
    number = reference(document, content)
    specification = (
        f"<</Type /Filespec /F ({record.file_name}) /UF {text_string(record.file_name)} /AFRelationship /Data "
        f"/Desc {text_string(record.file_description)} /EF <</F {number} 0 R /UF {number} 0 R>>>>"
    )
    return reference(document, Source(specification.encode("ascii")))


_XMP: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>{moment}</xmp:CreateDate><xmp:ModifyDate>{moment}</xmp:ModifyDate>
<xmp:MetadataDate>{moment}</xmp:MetadataDate>
<xmp:CreatorTool>{creator}</xmp:CreatorTool><pdf:Producer>{producer}</pdf:Producer>
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Indicates, which part of ISO 14289 standard is followed</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def xmp(record: Record) -> bytes:
    """The metadata packet; the extension schema is there because PDF/A does not know the PDF/UA identifier."""
    fields = {"title": record.title, "author": record.author, "subject": record.subject}
    return _XMP.format(
        **{name: escape(clean(value)) for name, value in fields.items()},
        language=record.language,
        moment=f"{record.utc:%Y-%m-%dT%H:%M:%SZ}",
        creator=CREATOR,
        producer=PRODUCER,
    ).encode()
